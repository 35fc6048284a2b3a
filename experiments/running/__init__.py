"""Planning which runs train, and training them."""
