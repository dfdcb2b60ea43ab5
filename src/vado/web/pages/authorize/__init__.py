"""SMART App Launch: a person allows an app to read."""
