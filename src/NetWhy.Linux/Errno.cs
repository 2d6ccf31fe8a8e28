namespace NetWhy.Linux;

/// <summary>Error numbers of the kernel that netwhy tells apart, under their names in errno(3).</summary>
#pragma warning disable CA1008 // zero is "no error" here, as in the kernel
public enum Errno
{
    /// <summary>No error.</summary>
    OK = 0,

    /// <summary>Operation not permitted.</summary>
    EPERM = 1,

    /// <summary>No such file, process or object.</summary>
    ENOENT = 2,

    /// <summary>No such process; no such route.</summary>
    ESRCH = 3,

    /// <summary>Interrupted by a signal.</summary>
    EINTR = 4,

    /// <summary>Input or output error.</summary>
    EIO = 5,

    /// <summary>No such device or address.</summary>
    ENXIO = 6,

    /// <summary>Bad file descriptor.</summary>
    EBADF = 9,

    /// <summary>Try again: nothing there yet.</summary>
    EAGAIN = 11,

    /// <summary>Out of memory.</summary>
    ENOMEM = 12,

    /// <summary>Permission denied; a prohibit route.</summary>
    EACCES = 13,

    /// <summary>Busy.</summary>
    EBUSY = 16,

    /// <summary>Exists already.</summary>
    EEXIST = 17,

    /// <summary>No such device.</summary>
    ENODEV = 19,

    /// <summary>Is a directory.</summary>
    EISDIR = 21,

    /// <summary>Invalid argument; a blackhole route.</summary>
    EINVAL = 22,

    /// <summary>Too many open files on the machine.</summary>
    ENFILE = 23,

    /// <summary>Too many open files in the process.</summary>
    EMFILE = 24,

    /// <summary>Broken pipe.</summary>
    EPIPE = 32,

    /// <summary>Name too long.</summary>
    ENAMETOOLONG = 36,

    /// <summary>Protocol error.</summary>
    EPROTO = 71,

    /// <summary>Bad message.</summary>
    EBADMSG = 74,

    /// <summary>Message too long for the interface or for the cached path MTU.</summary>
    EMSGSIZE = 90,

    /// <summary>Protocol option not available.</summary>
    ENOPROTOOPT = 92,

    /// <summary>Protocol not supported.</summary>
    EPROTONOSUPPORT = 93,

    /// <summary>Operation not supported.</summary>
    EOPNOTSUPP = 95,

    /// <summary>Address family not supported.</summary>
    EAFNOSUPPORT = 97,

    /// <summary>Address in use.</summary>
    EADDRINUSE = 98,

    /// <summary>Address not available: no free local port, or the address is not ours.</summary>
    EADDRNOTAVAIL = 99,

    /// <summary>Network down.</summary>
    ENETDOWN = 100,

    /// <summary>Network unreachable: no route.</summary>
    ENETUNREACH = 101,

    /// <summary>Connection aborted.</summary>
    ECONNABORTED = 103,

    /// <summary>Connection reset by a RST.</summary>
    ECONNRESET = 104,

    /// <summary>No buffer space; a full queue or neighbour table.</summary>
    ENOBUFS = 105,

    /// <summary>Already connected.</summary>
    EISCONN = 106,

    /// <summary>Not connected.</summary>
    ENOTCONN = 107,

    /// <summary>Timed out.</summary>
    ETIMEDOUT = 110,

    /// <summary>Connection refused by a RST or by ICMP port unreachable.</summary>
    ECONNREFUSED = 111,

    /// <summary>Host down.</summary>
    EHOSTDOWN = 112,

    /// <summary>Host unreachable: no neighbour, or ICMP said so.</summary>
    EHOSTUNREACH = 113,

    /// <summary>Already in progress.</summary>
    EALREADY = 114,

    /// <summary>In progress.</summary>
    EINPROGRESS = 115,
}
#pragma warning restore CA1008
