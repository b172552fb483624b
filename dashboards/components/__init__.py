"""What pages are drawn with: sentences, tables, badges and charts."""
