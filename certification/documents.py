def remove_stray_files():
    raise OSError
