"""The page: whom would this person match?"""
