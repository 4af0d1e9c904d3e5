"""Payment providers: one set of books and one hosted page, each vendor's own words around them."""
