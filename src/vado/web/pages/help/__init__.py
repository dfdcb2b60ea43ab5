"""Help: how each page is used, with pictures of the pages themselves."""
