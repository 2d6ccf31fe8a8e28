namespace NetWhy.Linux;

/// <summary>Hears what happens in a <see cref="TlsSession"/>, while it happens.</summary>
/// <remarks>
/// Called on the thread that works with the session, in the order of the events. What a member throws comes out of the call
/// of the session that it was called from. Octets are the library's: they are valid until the member returns.
/// </remarks>
public abstract class TlsObserver
{
    /// <summary>Whether <see cref="Transferred"/> is called.</summary>
    public virtual bool WatchesTransfers => false;

    /// <summary>A message passed: a record's header, a handshake message, an alert, a change of cipher.</summary>
    /// <param name="message">The message.</param>
    public virtual void Passed(in TlsMessage message)
    {
    }

    /// <summary>A secret is there, with which a capture of the session can be read.</summary>
    /// <param name="line">A line of a key log, without its end. Source: SSL_CTX_set_keylog_callback(3ssl).</param>
    public virtual void Secret(ReadOnlySpan<byte> line)
    {
    }

    /// <summary>The library verifies a certificate of the server.</summary>
    /// <param name="step">What it found.</param>
    /// <returns>Whether verification goes on.</returns>
    public virtual bool Verifying(in TlsVerifyStep step) => step.IsGood != 0;

    /// <summary>A session came that can be gone on with later.</summary>
    /// <param name="session">The session where it came.</param>
    /// <param name="saved">What came; disposed of when the member returns.</param>
    public virtual void Ticket(TlsSession session, SavedTlsSession saved)
    {
    }

    /// <summary>The place came where the state of the certificate is sent.</summary>
    /// <param name="session">The session; see <see cref="TlsSession.Staple"/>.</param>
    /// <returns>Whether the handshake goes on.</returns>
    public virtual bool Stapled(TlsSession session) => true;

    /// <summary>The place came where the server answers the name that was asked for, or none.</summary>
    /// <param name="session">The session; see <see cref="TlsSession.HasServerName"/>.</param>
    public virtual void Named(TlsSession session)
    {
    }

    /// <summary>An extension was sent or came.</summary>
    /// <param name="isOfServer">Whether it is the server's.</param>
    /// <param name="type">Its number.</param>
    /// <param name="octets">What stands in it.</param>
    public virtual void Extension(bool isOfServer, int type, ReadOnlySpan<byte> octets)
    {
    }

    /// <summary>The server answered an extension that was sent empty; see <see cref="TlsOptions.EmptyExtensions"/>.</summary>
    /// <param name="type">Its number.</param>
    /// <param name="octets">What stands in the answer.</param>
    public virtual void Answered(int type, ReadOnlySpan<byte> octets)
    {
    }

    /// <summary>The server named protocols by NPN.</summary>
    /// <param name="protocols">The protocols, each with its length before it.</param>
    public virtual void Advertised(ReadOnlySpan<byte> protocols)
    {
    }

    /// <summary>The state machine moved. Source: SSL_set_info_callback(3ssl).</summary>
    /// <param name="session">The session; see <see cref="TlsSession.State"/>.</param>
    /// <param name="place">SSL_CB_… and SSL_ST_… together.</param>
    /// <param name="value">An alert, or how the call ended.</param>
    public virtual void Moved(TlsSession session, int place, int value)
    {
    }

    /// <summary>Octets were read from the socket or written to it; waiting is not told.</summary>
    /// <param name="isWrite">Whether they were written.</param>
    /// <param name="wanted">How many were to be.</param>
    /// <param name="octets">Those that were.</param>
    /// <param name="result">What the call returned: 0 at the end, -1 where it failed.</param>
    public virtual void Transferred(bool isWrite, int wanted, ReadOnlySpan<byte> octets, int result)
    {
    }
}

/// <summary>A message of TLS as the library sees it, decrypted.</summary>
/// <param name="isOurs">Whether we sent it.</param>
/// <param name="version">Version of the protocol, such as 0x0304; 0 where the library names none.</param>
/// <param name="contentType">Its content type; 256 for the header of a record, 257 for the content type within one of TLS 1.3.</param>
/// <param name="octets">What it says.</param>
/// <param name="timestamp">When, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
public readonly ref struct TlsMessage(bool isOurs, int version, int contentType, ReadOnlySpan<byte> octets, long timestamp)
{
    /// <summary>Whether we sent it.</summary>
    public bool IsOurs { get; } = isOurs;

    /// <summary>Version of the protocol, such as 0x0304; 0 where the library names none.</summary>
    public int Version { get; } = version;

    /// <summary>Its content type; 256 for the header of a record, 257 for the content type within one of TLS 1.3.</summary>
    public int ContentType { get; } = contentType;

    /// <summary>What it says.</summary>
    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>When, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public long Timestamp { get; } = timestamp;
}

/// <summary>What the library found when it verified. Source: X509_STORE_CTX_set_verify_cb(3ssl).</summary>
/// <param name="IsGood">0 where it failed, 1 where the certificate is good, 2 where policies are told.</param>
/// <param name="Error">Number of the error; 0 for none.</param>
/// <param name="Depth">How far from the server's certificate.</param>
/// <param name="Certificate">The certificate; null for none. Disposed of when verification goes on.</param>
public readonly record struct TlsVerifyStep(int IsGood, int Error, int Depth, LibraryCertificate? Certificate);
