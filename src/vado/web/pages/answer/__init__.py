"""One person answers with a code, on a phone as well as at a desk."""
