using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What a TLS client keeps of a session, to go on with it on another connection.</summary>
/// <remarks>Source: SSL_SESSION_print(3ssl), PEM_write_bio_SSL_SESSION(3ssl).</remarks>
public sealed unsafe class SavedTlsSession : IDisposable
{
    private nint _session;

    private SavedTlsSession(nint session) => _session = session;

    /// <summary>How many octets the server takes before the handshake is over; 0 for none.</summary>
    public uint MaxEarlyData => LibSsl.SSL_SESSION_get_max_early_data(Session);

    /// <summary>Version, such as 0x0304.</summary>
    public int Version => LibSsl.SSL_SESSION_get_protocol_version(Session);

    /// <summary>Whether the server gave a ticket.</summary>
    public bool HasTicket => LibSsl.SSL_SESSION_has_ticket(Session) == 1;

    /// <summary>How long the server is ready to take the ticket, in seconds; 0 if it did not say.</summary>
    public uint TicketLifetime => (uint)LibSsl.SSL_SESSION_get_ticket_lifetime_hint(Session);

    /// <summary>The library's handle.</summary>
    internal nint Session
    {
        get
        {
            ObjectDisposedException.ThrowIf(_session == 0, this);
            return _session;
        }
    }

    /// <summary>Reads one.</summary>
    /// <param name="octets">PEM or DER.</param>
    /// <returns>Null if it is none, or the library is missing.</returns>
    public static SavedTlsSession? Read(ReadOnlySpan<byte> octets)
    {
        if (TlsSession.Unavailable is not null)
            return null;
        nint session = 0;
        fixed (byte* pointer = octets)
        {
            nint bio = LibCrypto.BIO_new_mem_buf(pointer, octets.Length);
            session = LibSsl.PEM_read_bio_SSL_SESSION(bio, null, 0, null);
            _ = LibCrypto.BIO_free(bio);
            byte* position = pointer;
            if (session == 0)
                session = LibSsl.d2i_SSL_SESSION(null, &position, octets.Length);
        }

        LibCrypto.ERR_clear_error();
        return session == 0 ? null : new SavedTlsSession(session);
    }

    /// <summary>It in PEM.</summary>
    public byte[] ToPem() => LibraryText.Print(bio => _ = LibSsl.PEM_write_bio_SSL_SESSION(bio, Session));

    /// <summary>It as <c>openssl s_client</c> shows it, secrets included.</summary>
    public string Text() => Encoding.UTF8.GetString(LibraryText.Print(bio => _ = LibSsl.SSL_SESSION_print(bio, Session)));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_session != 0)
            LibSsl.SSL_SESSION_free(_session);
        _session = 0;
    }

    /// <summary>Shares a session of the library's.</summary>
    /// <param name="session">The session; null for none.</param>
    internal static SavedTlsSession? Share(nint session) =>
        session != 0 && LibSsl.SSL_SESSION_up_ref(session) == 1 ? new SavedTlsSession(session) : null;
}
