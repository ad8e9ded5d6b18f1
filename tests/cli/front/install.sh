# What install writes, uninstall removes; the installed program finds its models.
cd "$FC_ROOT" || exit 1
here=$OLDPWD
make -s O="$FC_BUILD" DESTDIR="$here/stage" install >"$here/log" 2>&1 || { cat "$here/log" >&2; exit 1; }
cd "$here" || exit 1
find stage -type f | sed 's|^stage/||' | grep -v -e '/models/' -e '/templates/' -e '/devices/' -e '/lib/flopclock/' | sort
env PATH="$PWD/stage/usr/local/bin:$PATH" flopclock analyze lenet5 --format csv | wc -l
make -s -C "$FC_ROOT" O="$FC_BUILD" DESTDIR="$here/stage" uninstall 2>>"$here/log"
find stage -type f | wc -l
