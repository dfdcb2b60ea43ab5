"""Questionnaires as workbooks in the XLSForm convention."""
