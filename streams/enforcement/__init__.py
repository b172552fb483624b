"""Enforcement: makes decided credentials stop working, or work again, and proves it. The only process that touches the outside world."""
