"""What an operator runs from the checkout: `make restore`, `make replay`, `make query`."""
