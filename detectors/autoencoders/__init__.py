"""An ensemble of small autoencoders over groups of features that go together, learned online with distrust."""
