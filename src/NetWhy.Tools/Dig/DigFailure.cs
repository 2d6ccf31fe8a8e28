using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>Names failures in BIND's words.</summary>
internal static class DigFailure
{
    internal const string TimedOut = "timed out";

    internal const string EndOfFile = "end of file";

    /// <summary>What an error of the kernel is called.</summary>
    /// <param name="errno">The error.</param>
    internal static string Of(Errno errno) => errno switch
    {
        Errno.ECONNREFUSED => "connection refused",
        Errno.ENETUNREACH => "network unreachable",
        Errno.EHOSTUNREACH => "host unreachable",
        Errno.ENETDOWN => "network down",
        Errno.EHOSTDOWN => "host down",
        Errno.ECONNRESET or Errno.EPIPE => "connection reset",
        Errno.ETIMEDOUT => TimedOut,
        Errno.EADDRINUSE => "address in use",
        Errno.EADDRNOTAVAIL => "address not available",
        Errno.EACCES or Errno.EPERM => "permission denied",
        Errno.EMFILE or Errno.ENFILE => "too many open files",
        Errno.EINVAL => "invalid file",
        Errno.EAFNOSUPPORT => "address family not supported",
        _ => "unexpected error",
    };
}
