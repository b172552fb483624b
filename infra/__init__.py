"""What Vedette runs on: the local stack, its servers, its identities and its simulated fleet.

Starts things; is imported by nothing but tests.
"""
