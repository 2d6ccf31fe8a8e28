namespace NetWhy.Evidence;

/// <summary>Error numbers of the kernel in words: observations hold their names, people should not have to read them.</summary>
public static class ErrnoWords
{
    /// <summary>What a name of errno(3) means where packets are sent, to follow a colon or stand in brackets.</summary>
    /// <param name="errno">The name, such as <c>EHOSTUNREACH</c>.</param>
    /// <returns>The words; the name itself if netwhy has none for it.</returns>
    public static string Of(string errno) => errno switch
    {
        "EPERM" => "not permitted: a packet filter here, or a missing privilege",
        "EACCES" => "forbidden: a prohibit route, or a broadcast address",
        "EINVAL" => "refused: a blackhole route, or an address that cannot be used",
        "EMSGSIZE" => "larger than the interface or the remembered path MTU",
        "ENOBUFS" => "no buffer space: a queue or table is full",
        "EMFILE" or "ENFILE" => "too many open files",
        "ENODEV" => "no such interface",
        "EADDRINUSE" => "the address is in use",
        "EADDRNOTAVAIL" => "no such address here, or no local port is free",
        "EAFNOSUPPORT" => "this machine does not have that IP version",
        "ENETDOWN" => "the interface is down",
        "ENETUNREACH" => "network unreachable",
        "EHOSTUNREACH" => "host unreachable",
        "ECONNREFUSED" => "refused",
        "ECONNRESET" => "reset",
        "ECONNABORTED" => "aborted",
        "ETIMEDOUT" => "timed out",
        "EPROTO" => "protocol error",
        "ENOPROTOOPT" => "protocol unreachable",
        _ => errno,
    };

    /// <summary>The same where there may be none.</summary>
    /// <param name="errno">The name; null if nothing failed.</param>
    /// <param name="otherwise">What to say then.</param>
    public static string Of(string? errno, string otherwise) => errno is null ? otherwise : Of(errno);
}
