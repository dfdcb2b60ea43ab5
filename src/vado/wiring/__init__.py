"""Where the rooms meet: plug-ins are found, checked and put together into an Exchange."""
