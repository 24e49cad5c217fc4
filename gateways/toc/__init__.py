"""The gateway for TOC 1.0 and TOC2: AIM clients of 1998 to 2005 on the shared service."""
