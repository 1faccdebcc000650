"""Every statement about people and their credentials.

Whether a credential still holds is judged by the database's clock, so that hosts whose clocks differ agree.
"""
