"""Gateways: each speaks one wire protocol on behalf of the chat service."""
