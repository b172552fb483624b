"""Dead letters for the people who settle them: look, repair, put back, drop."""
