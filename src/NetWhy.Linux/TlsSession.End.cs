using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

public sealed unsafe partial class TlsSession
{
    /// <summary>Tells the peer that nothing more comes (close_notify), without waiting for its answer. Source: SSL_shutdown(3ssl).</summary>
    public void SayEnd()
    {
        LibCrypto.ERR_clear_error();
        _ = LibSsl.SSL_shutdown(_ssl);
        LibCrypto.ERR_clear_error(); // a connection that is gone is told nothing, and that is no fault
    }
}
