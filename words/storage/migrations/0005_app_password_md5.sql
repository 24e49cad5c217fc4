-- md5 of an app password that stock PB clients may use: as good as the password. NULL: they may not.
ALTER TABLE app_passwords ADD COLUMN md5 BLOB;
