"""The questionnaire of a round in its other forms, and answers that come in as files."""
