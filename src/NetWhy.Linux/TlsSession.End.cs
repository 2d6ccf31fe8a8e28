using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

public sealed unsafe partial class TlsSession
{
    /// <summary>Tells the peer that nothing more comes (close_notify), without waiting for its answer. Source: SSL_shutdown(3ssl).</summary>
    /// <returns>Why the socket did not take it; <see cref="Errno.OK"/> if it did, or nothing was to be said.</returns>
    public Errno SayEnd()
    {
        LibCrypto.ERR_clear_error();
        int result = LibSsl.SSL_shutdown(_ssl);
        var errno = (Errno)Marshal.GetLastPInvokeError();
        bool isRefused = result < 0 && LibSsl.SSL_get_error(_ssl, result) == LibSsl.SSL_ERROR_SYSCALL;
        LibCrypto.ERR_clear_error(); // a connection that is gone is told nothing, and that is no fault
        return isRefused ? errno : Errno.OK;
    }
}
