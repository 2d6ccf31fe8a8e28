using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Tls;

namespace NetWhy.Linux;

/// <summary>How a step of a TLS session went.</summary>
public enum TlsStep
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>Wait until the socket can be read.</summary>
    WantRead,

    /// <summary>Wait until the socket can be written.</summary>
    WantWrite,

    /// <summary>The peer closed, with or without saying so.</summary>
    Closed,

    /// <summary>The socket failed: see <see cref="TlsSession.Errno"/>.</summary>
    SocketFailed,

    /// <summary>An alert came or was sent, or the library refused: see <see cref="TlsSession.Reason"/>.</summary>
    Refused,
}

/// <summary>One TLS client session of libssl over a socket of ours, with every handshake message on record.</summary>
/// <remarks>
/// Without <see cref="TlsOptions.Trust"/> it verifies nothing, so that a bad chain can be seen whole: <see cref="TrustStore"/>
/// judges afterwards. Not for use by two threads at once. Source: ssl(7ssl), SSL_set_msg_callback(3ssl).
/// </remarks>
public sealed unsafe partial class TlsSession : IDisposable
{
    private const int MostMessages = 64;
    private const int HandshakeHeader = 4; // type and length
    private const int RecordHeader = 5; // type, version and length
    private const int LargestCertificateMessage = 256 * 1024;
    private const int MostReads = 256; // of the connection, in one call: some 4 MiB, which no handshake has and one record of data needs none of
    private const int MostMessagesInVain = 1000; // handshakes have fewer than 20

    private static readonly Lazy<nint> Context = new(MakeContext);

    private readonly List<string> _messages = [];
    private readonly List<TlsRefusal> _refusals = [];
    private readonly TlsObserver? _observer;
    private GCHandle _self;
    private nint _ssl;
    private byte[]? _certificateMessage;
    private bool _isCertificateOfTls13;
    private byte[]? _statusMessage;
    private int _reads;
    private long _messagesWhenDone;

    private TlsSession(nint ssl, TlsObserver? observer)
    {
        _observer = observer;
        _ssl = ssl;
        _self = GCHandle.Alloc(this);
    }

    /// <summary>Why TLS cannot be spoken on this machine; null if it can. Loads the library when first asked.</summary>
    public static string? Unavailable =>
        OpenSsl.Unavailable ?? (Context.Value == 0 ? "libssl could not be initialized" : null);

    /// <summary>Handshake messages and alerts with their direction, in order; at most 64.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Last alert that is no close_notify; null if none.</summary>
    public byte? Alert { get; private set; }

    /// <summary>Whether that alert is ours.</summary>
    public bool AlertIsOurs { get; private set; }

    /// <summary>Whether the server asked for a client certificate.</summary>
    public bool ClientCertificateRequested { get; private set; }

    /// <summary>Options that the library did not take; the session goes on without them.</summary>
    public IReadOnlyList<TlsRefusal> Refusals => _refusals;

    /// <summary>Whether our own certificate or its key could not be used; the session then offers none.</summary>
    public bool IsOwnCertificateUnusable => _refusals.Exists(refusal => refusal.Part is TlsPart.Certificate or TlsPart.Key or TlsPart.Chain);

    /// <summary>Octets received in TLS records, their headers included.</summary>
    public long OctetsReceived { get; private set; }

    /// <summary>Whether the server has said that it says no more (close_notify).</summary>
    public bool HasHeardEnd { get; private set; }

    /// <summary>Whether the server has begun a record, and the rest of it, or of the message in it, has not come.</summary>
    public bool IsInRecord { get; private set; }

    /// <summary>The first octets that the library took from the connection, as many as a record's header has; empty before.</summary>
    public ReadOnlyMemory<byte> FirstOctets { get; private set; } = ReadOnlyMemory<byte>.Empty;

    /// <summary>Why the library refused, in its own words; null if it did not.</summary>
    public string? Reason { get; private set; }

    /// <summary>The library's queue of errors when it refused, as ERR_print_errors(3ssl) prints it, a line each.</summary>
    public IReadOnlyList<string> Errors { get; private set; } = [];

    /// <summary>Why the socket failed; <see cref="Errno.OK"/> if it did not.</summary>
    public Errno Errno { get; private set; }

    /// <summary>The certificates that the server sent; null if none came.</summary>
    public CertificateMessage? Certificates
    {
        get
        {
            if (_certificateMessage is null)
                return null;
            _ = CertificateMessage.Read(_certificateMessage, _isCertificateOfTls13, out CertificateMessage message);
            return message with { OcspStaple = message.OcspStaple ?? CertificateMessage.ReadStaple(_statusMessage.AsSpan(Math.Min(HandshakeHeader, _statusMessage?.Length ?? 0))) };
        }
    }

    /// <summary>Version in force, such as <c>TLSv1.3</c>.</summary>
    public string Version => Text(LibSsl.SSL_get_version(_ssl)) ?? "";

    /// <summary>Cipher suite in force by OpenSSL's name; null before there is one.</summary>
    public string? CipherSuite => Text(LibSsl.SSL_CIPHER_get_name(LibSsl.SSL_get_current_cipher(_ssl))) is { } name
        && name != "(NONE)" ? name : null;

    /// <summary>Key exchange group; null if unknown.</summary>
    public string? Group
    {
        get
        {
            int group = (int)LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_NEGOTIATED_GROUP, 0, null);
            return group == 0 ? null : Text(LibSsl.SSL_group_to_name(_ssl, group));
        }
    }

    /// <summary>Protocol chosen by ALPN; null if none.</summary>
    public string? Protocol
    {
        get
        {
            byte* name;
            uint length;
            LibSsl.SSL_get0_alpn_selected(_ssl, &name, &length);
            return length == 0 ? null : Encoding.ASCII.GetString(name, (int)Math.Min(length, 255));
        }
    }

    /// <summary>Security level in force, which also judges certificates. Source: SSL_CTX_set_security_level(3ssl).</summary>
    public int SecurityLevel => LibSsl.SSL_get_security_level(_ssl);

    /// <summary>Lowest and highest version offered, such as <c>TLSv1.2-TLSv1.3</c>.</summary>
    public string Offered
    {
        get
        {
            int lowest = (int)LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_MIN_PROTO_VERSION, 0, null);
            int highest = (int)LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_MAX_PROTO_VERSION, 0, null);
            return $"{VersionName(lowest, "TLSv1.2")}-{VersionName(highest, "TLSv1.3")}";
        }
    }

    /// <summary>Makes a session.</summary>
    /// <param name="socket">A connected socket; it stays the caller's and must live longer.</param>
    /// <param name="options">What to offer.</param>
    /// <exception cref="InvalidOperationException">The library is <see cref="Unavailable"/>.</exception>
    public static TlsSession Create(LinuxSocket socket, TlsOptions options)
    {
        TlsSession session = Create(options);
        session.Attach(socket);
        return session;
    }

    /// <summary>Makes a session that has no connection yet: what cannot be used is among its <see cref="Refusals"/>.</summary>
    /// <param name="options">What to offer.</param>
    /// <exception cref="InvalidOperationException">The library is <see cref="Unavailable"/>.</exception>
    public static TlsSession Create(TlsOptions options)
    {
        if (Unavailable is { } reason)
            throw new InvalidOperationException(reason);
        nint own = OwnContextOf(options);
        nint ssl = LibSsl.SSL_new(own == 0 ? Context.Value : own);
        if (own != 0)
            LibSsl.SSL_CTX_free(own); // the session has it
        if (ssl == 0)
            throw new InvalidOperationException("SSL_new failed");

        var session = new TlsSession(ssl, options.Observer);
        session.Listen();
        session.Apply(options);
        return session;
    }

    /// <summary>Gives it its connection, once and before anything else.</summary>
    /// <param name="socket">A connected socket; it stays the caller's and must live longer.</param>
    public void Attach(LinuxSocket socket)
    {
        _ = LibSsl.SSL_set_fd(_ssl, socket.Descriptor);
        ListenToTransfers();
    }

    /// <summary>Goes on with the handshake as far as possible without waiting.</summary>
    public TlsStep Handshake()
    {
        LibCrypto.ERR_clear_error();
        int result = LibSsl.SSL_connect(_ssl);
        return End(result == 1, result);
    }

    /// <summary>Reads what has come.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="received">Octets read.</param>
    public TlsStep Read(Span<byte> buffer, out int received)
    {
        LibCrypto.ERR_clear_error();
        int result;
        fixed (byte* pointer = buffer)
            result = LibSsl.SSL_read(_ssl, pointer, buffer.Length);
        received = Math.Max(0, result);
        return End(result > 0, result);
    }

    /// <summary>Takes in what came after the handshake, tickets or a late alert, without reading data.</summary>
    public TlsStep Peek()
    {
        LibCrypto.ERR_clear_error();
        byte octet;
        int result = LibSsl.SSL_peek(_ssl, &octet, 1);
        return End(result > 0, result);
    }

    /// <summary>Writes.</summary>
    /// <param name="octets">What to write; the same again after <see cref="TlsStep.WantWrite"/>.</param>
    /// <param name="sent">Octets written.</param>
    public TlsStep Write(ReadOnlySpan<byte> octets, out int sent)
    {
        LibCrypto.ERR_clear_error();
        int result;
        fixed (byte* pointer = octets)
            result = LibSsl.SSL_write(_ssl, pointer, octets.Length);
        sent = Math.Max(0, result);
        return End(result > 0, result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ssl == 0)
            return;
        LibSsl.SSL_free(_ssl);
        _ssl = 0;
        _self.Free();
    }

    /// <summary>The text of a C string; null for a null pointer.</summary>
    /// <param name="text">The string.</param>
    internal static string? Text(byte* text) => Marshal.PtrToStringUTF8((nint)text);

    private static string VersionName(int version, string unset) => version switch
    {
        0x301 => "TLSv1.0",
        0x302 => "TLSv1.1",
        0x303 => "TLSv1.2",
        0x304 => "TLSv1.3",
        _ => unset,
    };

    private bool IsFlooded => MessageCount - _messagesWhenDone > MostMessagesInVain;

    private TlsStep End(bool isDone, int result)
    {
        TlsStep step = isDone ? TlsStep.Done : Explain(result);
        _reads = 0;
        if (isDone)
        {
            _messagesWhenDone = MessageCount;
        }
        else if (step is TlsStep.WantRead && IsFlooded)
        {
            Reason = "the peer sends handshake messages without end";
            step = TlsStep.Refused;
        }

        ThrowWhatObserverThrew();
        return step;
    }

    private TlsStep Explain(int result)
    {
        int errno = Marshal.GetLastPInvokeError();
        switch (LibSsl.SSL_get_error(_ssl, result))
        {
            case LibSsl.SSL_ERROR_WANT_READ:
                return TlsStep.WantRead;
            case LibSsl.SSL_ERROR_WANT_WRITE:
                return TlsStep.WantWrite;
            case LibSsl.SSL_ERROR_ZERO_RETURN:
                return TlsStep.Closed;
            case LibSsl.SSL_ERROR_SYSCALL:
                Errno = (Errno)errno;
                return errno == 0 ? TlsStep.Closed : TlsStep.SocketFailed;
            default:
                const nuint UnexpectedEnd = 294; // SSL_R_UNEXPECTED_EOF_WHILE_READING
                nuint error = LibCrypto.ERR_peek_error();
                Reason = LibraryText.ReasonOf(error);
                Errors = LibraryText.TakeErrors();
                return (error & 0x7fffff) == UnexpectedEnd ? TlsStep.Closed : TlsStep.Refused;
        }
    }

    private void Record(bool isOurs, int version, int contentType, ReadOnlySpan<byte> octets)
    {
        const int HeaderContent = 256, InnerType = 257; // SSL3_RT_…
        const int ChangeCipherContent = 20, AlertContent = 21, HandshakeContent = 22;
        string direction = isOurs ? ">" : "<";
        // The library tells a ChangeCipherSpec by the header of its record alone; the inner type comes with a whole record, of
        // whose message more may be missing; and once we say the next thing, all before it had come.
        if (!isOurs && contentType != InnerType)
            IsInRecord = contentType == HeaderContent && octets is [not ChangeCipherContent, ..];
        else if (isOurs && contentType == HandshakeContent)
            IsInRecord = false;
        switch (contentType)
        {
            case HeaderContent when !isOurs && octets.Length >= RecordHeader:
                OctetsReceived += RecordHeader + (octets[3] << 8 | octets[4]);
                break;
            case AlertContent when octets.Length >= 2:
                HasHeardEnd |= !isOurs && octets[1] == 0;
                // close_notify says nothing, and our own complaint of the end that follows the peer's alert says less than it.
                if (octets[1] != 0 && !(isOurs && Alert is not null && !AlertIsOurs))
                    (Alert, AlertIsOurs) = (octets[1], isOurs);
                Note($"{direction} Alert {TlsAlert.Name(octets[1])}");
                break;
            case HandshakeContent when octets.Length >= 1:
                var type = (HandshakeType)octets[0];
                MessageCount++;
                Note($"{direction} {type}");
                if (!isOurs)
                    Keep(type, version, octets);
                break;
        }
    }

    private void Keep(HandshakeType type, int version, ReadOnlySpan<byte> octets)
    {
        const int Tls13 = 0x304;
        switch (type)
        {
            case HandshakeType.Certificate when octets.Length <= LargestCertificateMessage:
                _certificateMessage = octets.ToArray();
                _isCertificateOfTls13 = version == Tls13;
                break;
            case HandshakeType.CertificateRequest:
                ClientCertificateRequested = true;
                break;
            case HandshakeType.CertificateStatus when octets.Length <= LargestCertificateMessage:
                _statusMessage = octets.ToArray();
                break;
        }
    }

    private void Note(string message)
    {
        if (_messages.Count < MostMessages)
            _messages.Add(message);
    }
}
