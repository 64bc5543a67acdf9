"""One rule to a file, which is named for the rule; `catalogue.rules()` finds them."""
