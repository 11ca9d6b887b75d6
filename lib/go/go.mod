module vmclock.home.arpa/vmclock

go 1.19
