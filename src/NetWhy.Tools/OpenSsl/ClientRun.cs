using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.OpenSsl;

/// <summary>What <c>openssl s_client</c> does: connects, shakes hands, reports, and carries data both ways.</summary>
internal sealed class ClientRun : IDisposable
{
    private const int BufferSize = 16 * 1024;
    private const int MostReconnects = 5;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(0.5); // as long as the original hears the peer out
    private static readonly TimeSpan ForEver = TimeSpan.FromDays(1); // of a dialogue before TLS

    private readonly ClientOptions _options;
    private readonly ClientOutput _output;
    private readonly IToolHost _host;
    private readonly int _descriptor;
    private readonly DescriptorWait _wait = new();
    private readonly CancellationTokenRegistration _wake;
    private readonly ClientConnection _connection;
    private readonly ClientReport _report;
    private readonly ClientWatch _watch;
    private readonly byte[] _input = new byte[2 * BufferSize]; // with a CR before each LF
    private readonly byte[] _received = new byte[BufferSize];
    private ReadOnlyMemory<byte> _toSend;
    private LinuxSocket? _socket;
    private TlsSession? _session;
    private SavedTlsSession? _saved;
    private string? _proxyPassword;
    private StartTlsAnswer? _startTls;
    private long _messages = -1;
    private long _messageCame;
    private (long Read, long Written) _before;
    private bool _isEnded; // the input
    private int _reconnects;
    private bool _isReported;
    private bool _isEstablished; // of this connection; there are more with -reconnect

    /// <summary>Makes one.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="output">Where it writes.</param>
    /// <param name="host">The interrupt.</param>
    /// <param name="descriptor">Descriptor of what is sent to the server.</param>
    internal ClientRun(ClientOptions options, ClientOutput output, IToolHost host, int descriptor)
    {
        (_options, _output, _host, _descriptor) = (options, output, host, descriptor);
        _wake = host.Cancellation.Register(_wait.Wake);
        _connection = new ClientConnection(options, _wait, host.Cancellation);
        _report = new ClientReport(options);
        _watch = new ClientWatch(options, output, Events);
        _reconnects = options.Has("reconnect") ? MostReconnects : 0;
    }

    /// <summary>What happened.</summary>
    internal ClientEvents Events { get; } = new();

    /// <summary>The session; null where none began.</summary>
    internal TlsSession? Session => _socket is null ? null : _session;

    /// <summary>Whom it connected to, or tried to: the proxy where there is one.</summary>
    internal (string? Host, string Port) Target => _connection.Target;

    /// <summary>Why there is no address, of whom it connects to or of <c>-bind</c>; null if there is one.</summary>
    internal string? LookupFailure => _connection.LookupFailure;

    /// <summary>The address that took the connection; null if none did.</summary>
    internal IPEndPoint? Peer => _connection.Peer;

    /// <summary>Octets that went before TLS began.</summary>
    internal (long Read, long Written) Before => _before;

    /// <summary>What ended it, as openssl says it; null where nothing failed.</summary>
    internal string? Failure { get; private set; }

    /// <summary>At which step it failed: <c>options</c>, <c>name</c>, <c>bind</c>, <c>connect</c>, <c>proxy</c>, <c>starttls</c>, <c>handshake</c> or <c>data</c>; null where nothing failed.</summary>
    internal string? FailedAt { get; private set; }

    /// <summary>The errno of what failed; null for another reason.</summary>
    internal Errno? FailureErrno { get; private set; }

    /// <summary>Whether nothing came for as long as <c>--give-up-after</c> allows.</summary>
    internal bool IsTimeout { get; private set; }

    /// <summary>Whether the user ended it.</summary>
    internal bool WasInterrupted => _host.Cancellation.IsCancellationRequested;

    /// <summary>What the server said before TLS; null where nothing was asked.</summary>
    internal StartTlsAnswer? StartTls => _startTls;

    /// <summary>Runs it.</summary>
    /// <returns>What to exit with.</returns>
    /// <exception cref="ClientRefusal">A file cannot be used.</exception>
    internal int Run()
    {
        ReadSavedSession();
        while (true)
        {
            TlsSession session = MakeSession();
            _socket = _connection.Open(out IReadOnlyList<string> lines);
            if (_socket is null)
            {
                Fail(_connection.FailedStep, lines, _connection.Failure);
                IsTimeout = _connection.IsTimeout;
                return OpenSslTool.Failure;
            }

            Events.Connected ??= Events.Now;
            session.Attach(_socket);
            _output.Print(string.Create(CultureInfo.InvariantCulture, $"CONNECTED({3:X8})\n")); // the descriptor, and openssl's is the third
            if (_options.Has("nbio"))
                _output.Print("Turned on non blocking io\n");
            int exitCode = OpenSslTool.Failure;
            if (!Prepare() || !SendEarly(session) || Exchange(session, ref exitCode))
            {
                Close(session);
                return exitCode;
            }

            Reconnect(session);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _socket?.Dispose();
        _saved?.Dispose();
        _wake.Dispose();
        _wait.Dispose();
    }

    private void ReadSavedSession()
    {
        if (_options.Value("sess_in") is not { } path)
            return;
        byte[] octets;
        try
        {
            octets = File.ReadAllBytes(path);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            const string Source = "../crypto/bio/bss_file.c", Function = "BIO_new_file";
            throw new ClientRefusal(
            [
                $"Can't open session file {path}",
                .. refusal is FileNotFoundException or DirectoryNotFoundException or ArgumentException
                    ? LibraryPrinter.Errors(
                        new LibraryError(2, (int)Errno.ENOENT, Source, 67, Function, $"calling fopen({path}, r)"), new LibraryError(32, 128, Source, 75, Function, null))
                    : [FileProblem.Of(path, refusal)],
            ]);
        }

        _saved = SavedTlsSession.Read(octets) ?? throw new ClientRefusal($"Can't open session file {path}", "it holds no session: one is written by -sess_out");
    }

    // By what stands in it, as openssl 3 tells, whatever -certform and -keyform say. What cannot be read is refused where it is used.
    private static TlsFileForm FormOf(string? path)
    {
        const int Sequence = 0x30; // with which certificates and keys begin: X.690, section 8.9
        if (path is null)
            return TlsFileForm.Pem;
        try
        {
            using FileStream file = File.OpenRead(path);
            return file.ReadByte() == Sequence ? TlsFileForm.Der : TlsFileForm.Pem;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return TlsFileForm.Pem;
        }
    }

    // Before it connects: a file that cannot be used is no reason to trouble the server.
    private TlsSession MakeSession()
    {
        string? password = _options.Value("pass") is { } source ? PasswordOf(source, "private key") : null;
        if (_options.Value("proxy_pass") is { } secret)
            _proxyPassword = PasswordOf(secret, "proxy");
        string? certificate = _options.Value("cert");
        _session = TlsSession.Create(new TlsOptions
        {
            ServerName = _options.ServerName,
            Protocols = [.. _options.Protocols],
            NextProtocols = [.. _options.NextProtocols],
            EmptyExtensions = [.. EmptyExtensions()],
            MinVersion = _options.Version,
            MaxVersion = _options.Version,
            CertificateFile = certificate,
            CertificateForm = FormOf(certificate),
            KeyFile = _options.Value("key") ?? certificate,
            KeyForm = FormOf(_options.Value("key") ?? certificate),
            SendsWholeFile = false,
            ChainFile = _options.Value("cert_chain"),
            Passphrase = password,
            AsksForStaple = _options.Has("status"),
            Settings = [.. _options.Settings],
            IgnoresUnexpectedEnd = _options.Has("ignore_unexpected_eof"),
            TakesLateRequests = _options.Has("enable_pha"),
            IsFallback = _options.Has("fallback_scsv"),
            MaxFragmentLength = _options.MaxFragmentLength,
            MaxSendFragment = _options.MaxSendFragment,
            Session = _saved,
            Observer = _watch,
            Trust = TrustOf(),
        });
        _watch.Session = _session;
        _session.ReturnAtMessages();
        if (_session.Refusals.Count > 0)
            throw RefusalOf(_session.Refusals[0]);
        return _session;
    }

    // Those that the library sends by itself, and those named twice, are left out with a word.
    private List<int> EmptyExtensions()
    {
        List<int> types = [];
        foreach (int type in _options.EmptyExtensions)
        {
            if (TlsSession.MayBeSent(type) && !types.Contains(type))
                types.Add(type);
            else
                _output.Note(string.Create(CultureInfo.InvariantCulture, $"Warning: Unable to add custom extension {type}, skipping"));
        }

        return types;
    }

    private TlsTrust TrustOf()
    {
        VerifyOptions verification = _options.Verification;
        bool isNamed = _options.Value("CAfile") is not null || _options.Value("CApath") is not null;
        return new TlsTrust
        {
            AuthorityFile = _options.Value("CAfile"),
            AuthorityDirectory = _options.Value("CApath"),
            HasUsualFile = !isNamed && !_options.Has("no-CAfile"),
            HasUsualDirectories = !isNamed && !_options.Has("no-CApath"),
            RevocationFile = _options.Value("CRL"),
            IsRequired = _options.Depth is not null || _options.Has("verify_return_error"),
            HostName = verification.Settings.HostName,
            MailAddress = verification.Settings.MailAddress,
            Address = verification.Settings.Address,
            Flags = _options.VerificationFlags,
            Depth = _options.Value("verify_depth") is null ? null : verification.Settings.Depth,
            AuthLevel = _options.Value("auth_level") is null ? null : verification.Settings.AuthLevel,
            Purpose = _options.Value("purpose"),
            Time = _options.Value("attime") is null ? null : verification.Settings.Time,
            Policies = [.. verification.Settings.Policies],
        };
    }

    private ClientRefusal RefusalOf(TlsRefusal refusal) => new(refusal.Part switch
    {
        TlsPart.AuthorityFile or TlsPart.AuthorityDirectory when refusal.Errors.Length > 0 => [.. refusal.Errors],
        TlsPart.Setting => [$"Call to SSL_CONF_cmd(-{refusal.Value}, {_options.Settings.Find(setting => setting.Name == refusal.Value).Value ?? "<NULL>"}) failed", .. refusal.Errors.Where(line => !line.Contains(":SSL_CONF_cmd:", StringComparison.Ordinal))],
        TlsPart.Certificate when !File.Exists(refusal.Value) => [$"Could not open file or uri for loading client certificate private key from {_options.Value("key") ?? refusal.Value}", .. refusal.Errors],
        TlsPart.Certificate => [$"Could not read client certificate from {refusal.Value}", .. refusal.Errors],
        TlsPart.Key when !File.Exists(refusal.Value) => [$"Could not open file or uri for loading client certificate private key from {refusal.Value}", .. refusal.Errors],
        TlsPart.Key when refusal.Errors.Any(line => line.Contains(":X509_check_private_key:", StringComparison.Ordinal)) => ["error setting private key", .. refusal.Errors], // it is read, and another one's
        TlsPart.Key => [$"Could not read client certificate private key from {refusal.Value}", .. refusal.Errors],
        TlsPart.Chain => [$"Could not read any client certificate chain from {refusal.Value}", .. refusal.Errors],
        TlsPart.RevocationFile => [$"Could not read CRL from {refusal.Value}", .. refusal.Errors],
        TlsPart.ServerName => ["Unable to set TLS servername extension.", .. refusal.Errors],
        TlsPart.Session => ["Can't set session", .. refusal.Errors],
        TlsPart.Protocols => ["Error setting ALPN", .. refusal.Errors],
        _ => [$"Error setting verify params: {refusal.Value}", .. refusal.Errors],
    });

    private static string PasswordOf(string source, string whose)
    {
        (string kind, string rest) = source.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 ? (source[..colon], source[(colon + 1)..]) : (source, "");
        try
        {
            return kind switch
            {
                "pass" => rest,
                "env" => Environment.GetEnvironmentVariable(rest) ?? throw new ClientRefusal($"No environment variable {rest}", $"Error getting {whose} password"),
                "file" => File.ReadLines(rest).FirstOrDefault() ?? "",
                _ when rest.Length == 0 => throw new ClientRefusal("Invalid password argument, missing ':' within the first 5 chars", $"Error getting {whose} password"),
                _ => throw new ClientRefusal($"The source {kind}: is not there; pass:, env: and file: are", $"Error getting {whose} password"),
            };
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ClientRefusal($"Can't open file {rest}: {FileProblem.Of(rest, refusal)}", $"Error getting {whose} password");
        }
    }

    // What is spoken before TLS, if anything is; openssl counts its octets with those of the handshake.
    private bool Prepare()
    {
        bool isReady = SpeakToProxy() && AskForTls();
        const long Begin = 1; // which the kernel counts as acknowledged, too
        if ((_options.Proxy is not null || _startTls is not null) && _socket!.GetTcpInfo() is { } info)
            _before = ((long)info.OctetsReceived, (long)info.OctetsAcknowledged - Begin + _socket.UnacknowledgedOctets);
        return isReady;
    }

    private bool SpeakToProxy()
    {
        if (_options.Proxy is null)
            return true;
        var proxy = new ClientProxy(_socket!, _connection, _options.Patience);
        if (proxy.Ask(_options.Host ?? "localhost", _options.Port, _options.Value("proxy_user"), _proxyPassword) is not { } refusal)
            return true;
        IsTimeout = proxy.IsTimeout;
        Fail("proxy", [$"{ClientOptions.Command}: HTTP CONNECT {refusal}"], null);
        return false;
    }

    private bool AskForTls()
    {
        if (_options.Value("starttls") is not { } protocol)
            return true;
        string name = _options.Value("name") ?? _options.Value("xmpphost") ?? _options.Host ?? "localhost";
        string client = _options.Value("name") ?? "mail.example.com";
        var stream = new ByteStream(_socket!, Peer!.Address, Peer.Port, onSilence: null);
        _startTls = Paths.StartTls.AskAsync(
            stream, protocol, name, _options.Patience ?? ForEver, new StartTlsManner { ClientName = client, Insists = true }, _host.Cancellation).GetAwaiter().GetResult();
        if (!_startTls.IsOffered)
            _output.Note("Didn't find STARTTLS in server response, trying anyway...");
        if (_startTls.IsAccepted)
            return true;
        IsTimeout = _startTls.IsSilent;
        string said = protocol is "ldap" or "mysql" or "postgres" ? "" : Encoding.UTF8.GetString(_startTls.Said.Span).TrimEnd(); // no octets of protocols without text
        Fail("starttls", [said.Length == 0 ? $"STARTTLS failed: {_startTls.Refusal}" : $"STARTTLS failed: {_startTls.Refusal}: {said}"], null);
        return false;
    }

    private bool SendEarly(TlsSession session)
    {
        if (_options.Value("early_data") is not { } path || _saved is not { MaxEarlyData: > 0 })
            return true;
        byte[] octets;
        try
        {
            octets = File.ReadAllBytes(path);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Fail("options", ["Cannot open early data file"], null);
            return false;
        }

        int sent = 0;
        do
        {
            ReadOnlyMemory<byte> rest = octets.AsMemory(sent, Math.Min(octets.Length - sent, BufferSize));
            int count = 0;
            TlsStep step = Blocking(session, () => session.WriteEarly(rest.Span, out count), isRead: false);
            if (step is not TlsStep.Done)
            {
                Fail("handshake", ["Error writing early data", .. session.Errors], null);
                return false;
            }

            sent += count;
        }
        while (sent < octets.Length);
        Events.DataSent += sent;
        return true;
    }

    // A step that the original waits in, however long it takes: its socket blocks unless -nbio is given.
    private TlsStep Blocking(TlsSession session, Func<TlsStep> take, bool isRead)
    {
        long messages = session.MessageCount;
        while (true)
        {
            TlsStep step = take();
            bool isWaiting = step is TlsStep.WantRead or TlsStep.WantWrite;
            bool returnsNow = _options.Has("nbio") || (isRead && session.IsEstablished && session.MessageCount != messages);
            if (!isWaiting || returnsNow)
                return step;
            TimeSpan? patience = _isEstablished ? null : PatienceLeft(session);
            bool isOver = patience < TimeSpan.Zero || !_connection.Await(_socket!, step is TlsStep.WantRead ? PollEvents.Read : PollEvents.Write, patience);
            if (isOver && !_isEstablished && _options.Patience is { } most)
            {
                IsTimeout = true;
                Fail("handshake", [string.Create(CultureInfo.InvariantCulture, $"No message of the handshake came from the server for {most.TotalSeconds:0.###} s, after {(session.Messages is [.., var last] ? last : "the connection")}: given up as --give-up-after says")], null);
                return TlsStep.Closed;
            }
        }
    }

    // The library's own, or why it was stopped.
    private static IReadOnlyList<string> Complaints(TlsSession session) =>
        session.Errors.Count > 0 || session.Reason is not { } reason ? session.Errors : [reason];

    // Of --give-up-after: octets that make no whole message are no better than silence.
    private TimeSpan? PatienceLeft(TlsSession session)
    {
        if (session.MessageCount != _messages)
            (_messages, _messageCame) = (session.MessageCount, Stopwatch.GetTimestamp());
        return _options.Patience - Stopwatch.GetElapsedTime(_messageCame);
    }

    /// <returns>Whether that was all; if not, it connects again.</returns>
    private bool Exchange(TlsSession session, ref int exitCode)
    {
        bool isBeginning = true, readsInput = true, readsTls = true, writesTls = true;
        var waited = new WaitedDescriptor[2];
        while (true)
        {
            _host.Cancellation.ThrowIfCancellationRequested();
            if (isBeginning && session.IsEstablished)
            {
                isBeginning = false;
                Establish(session);
                if (_reconnects > 0)
                    return false;
            }

            bool isPending = readsTls && session.HasPending;
            if (!isPending)
            {
                PollEvents wanted = (readsTls ? PollEvents.Read : PollEvents.None) | (writesTls ? PollEvents.Write : PollEvents.None);
                waited[0] = new(_socket!.Descriptor, wanted);
                waited[1] = new(!isBeginning && readsInput && !_isEnded ? _descriptor : -1, PollEvents.Read);
                TimeSpan? patience = isBeginning ? PatienceLeft(session) : null;
                if (patience < TimeSpan.Zero || !_wait.Wait(waited, patience ?? Timeout.InfiniteTimeSpan))
                {
                    if (patience is null || _host.Cancellation.IsCancellationRequested)
                        continue;
                    IsTimeout = true;
                    Fail("handshake", ["No message of the handshake came from the server: given up as --give-up-after says"], null);
                    return true;
                }
            }

            const PollEvents Broken = PollEvents.Error | PollEvents.HangUp;
            if (!isPending && writesTls && (waited[0].Ready & (PollEvents.Write | Broken)) != 0)
            {
                if (Write(session, ref readsInput, ref readsTls, ref writesTls))
                    return true;
            }
            else if (isPending || (waited[0].Ready & (PollEvents.Read | Broken)) != 0)
            {
                if (Read(session, readsInput, ref readsTls, ref writesTls, ref exitCode))
                    return true;
            }
            else if (waited[1].Ready is not PollEvents.None)
            {
                if (ReadInput(session, ref exitCode))
                    return true;
                (writesTls, readsInput) = (true, false);
            }
        }
    }

    private void Establish(TlsSession session)
    {
        _isEstablished = true;
        Events.Established ??= Events.Now;
        if (_options.IsBrief)
            _output.Note(_report.Summary(session));
        _output.Print(_report.Of(session, !_isReported, _before));
        _isReported = true;
        if (_startTls?.LastOffer is { } offer)
            _output.Note(offer.TrimEnd());
    }

    private bool Write(TlsSession session, ref bool readsInput, ref bool readsTls, ref bool writesTls)
    {
        int sent = 0;
        TlsStep step = _toSend.IsEmpty
            ? Blocking(session, session.Proceed, isRead: false)
            : Blocking(session, () => session.Write(_toSend.Span, out sent), isRead: false);
        switch (step)
        {
            case TlsStep.Done:
                Events.DataSent += sent;
                _toSend = _toSend[sent..];
                (readsInput, writesTls) = (_toSend.IsEmpty, !_toSend.IsEmpty);
                return false;
            case TlsStep.WantWrite:
                _output.Print("write W BLOCK\n");
                (readsInput, writesTls) = (false, true);
                return false;
            case TlsStep.WantRead:
                _output.Print("write R BLOCK\n");
                (readsTls, writesTls) = (true, false);
                return false;
            case TlsStep.Closed when session.Errors.Count == 0 && !IsTimeout && _toSend.IsEmpty:
                (readsInput, writesTls) = (true, false); // close_notify in the handshake: whoever reads next finds it
                return false;
            case TlsStep.SocketFailed:
                FailSession([string.Create(CultureInfo.InvariantCulture, $"write:errno={(int)session.Errno}")], session.Errno);
                return true;
            default:
                FailSession(Complaints(session), null);
                return true;
        }
    }

    private bool Read(TlsSession session, bool readsInput, ref bool readsTls, ref bool writesTls, ref int exitCode)
    {
        int received = 0;
        TlsStep step = Blocking(session, () => session.Read(_received, out received), isRead: true);
        switch (step)
        {
            case TlsStep.Done:
                Events.DataReceived += received;
                _output.Data(_received.AsSpan(0, received));
                return false;
            case TlsStep.WantWrite:
                _output.Print("read W BLOCK\n");
                writesTls = true;
                return false;
            case TlsStep.WantRead:
                _output.Print("read R BLOCK\n");
                if (!readsInput && !writesTls)
                    writesTls = true;
                return false;
            case TlsStep.SocketFailed:
                exitCode = (int)session.Errno;
                FailSession([_options.IsBrief ? "CONNECTION CLOSED BY SERVER" : string.Create(CultureInfo.InvariantCulture, $"read:errno={exitCode}")], session.Errno);
                return true;
            case TlsStep.Closed when session.Errors.Count == 0 && !IsTimeout:
                _output.Print("closed\n");
                if (!_isEstablished)
                    FailSession([], null);
                exitCode = 0;
                return true;
            default:
                FailSession(Complaints(session), null);
                return true;
        }
    }

    private bool ReadInput(TlsSession session, ref int exitCode)
    {
        int most = _options.Has("crlf") ? BufferSize / 2 : BufferSize;
        Errno errno = StandardInput.Read(_descriptor, _input.AsSpan(0, most), out int count);
        if (errno is Errno.EAGAIN or Errno.EINTR)
            return false;
        _isEnded = count <= 0;
        bool hasCommands = !_options.IgnoresEnd && !_options.Has("nocommands");
        byte first = count > 0 ? _input[0] : (byte)0;
        if ((_isEnded && !_options.IgnoresEnd) || (hasCommands && first == (byte)'Q'))
        {
            _output.Note("DONE");
            exitCode = 0;
            return true;
        }

        _toSend = default;
        switch (first)
        {
            case (byte)'R' when hasCommands:
                _output.Note("RENEGOTIATING");
                return Ask(session.Renegotiate(), session);
            case (byte)'K' or (byte)'k' when hasCommands:
                _output.Note("KEYUPDATE");
                return Ask(session.UpdateKeys(ofBoth: first == (byte)'K'), session);
            default:
                _toSend = _options.Has("crlf") ? Crossed(count) : _input.AsMemory(0, count);
                return false;
        }
    }

    private bool Ask(TlsStep step, TlsSession session)
    {
        if (step is TlsStep.Done)
            return false;
        FailSession(Complaints(session), null);
        return true;
    }

    private ReadOnlyMemory<byte> Crossed(int count)
    {
        int lines = _input.AsSpan(0, count).Count((byte)'\n');
        for (int from = count - 1, to = count + lines - 1; from >= 0; from--)
        {
            _input[to--] = _input[from];
            if (_input[from] == (byte)'\n')
                _input[to--] = (byte)'\r';
        }

        return _input.AsMemory(0, count + lines);
    }

    private void FailSession(IReadOnlyList<string> lines, Errno? errno) => Fail(_isEstablished ? "data" : "handshake", lines, errno);

    private void Fail(string step, IReadOnlyList<string> lines, Errno? errno)
    {
        if (FailedAt is not null)
            return; // the first is the cause
        (FailedAt, FailureErrno) = (step, errno);
        Failure = lines.Count > 0 ? lines[0] : null;
        _output.Note(lines);
    }

    private void Close(TlsSession session)
    {
        if (!_isEstablished)
            _output.Print(_report.Of(session, !_isReported, _before));
        if (_startTls is null or { IsAccepted: true } && FailedAt is not ("proxy" or "options"))
            session.SayEnd();
        _socket!.EndSending();
        HearOut();
        if (_options.Has("prexit"))
            _output.Print(_report.Of(session, isFull: true, _before));
    }

    // To close with octets unread would reset the connection, and lose the server our alert.
    private void HearOut()
    {
        const int Piece = 8192;
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(begin) is var elapsed && elapsed < LastWords && _connection.Await(_socket!, PollEvents.Read, LastWords - elapsed))
        {
            bool isRead = _socket!.Receive(_received.AsSpan(0, Piece), out int count) is Errno.OK;
            _before.Read += count;
            if (_options.Has("debug"))
                _watch.Transferred(isWrite: false, Piece, _received.AsSpan(0, count), isRead ? count : -1);
            if (count == 0)
                return;
        }
    }

    private void Reconnect(TlsSession session)
    {
        _reconnects--;
        _isEstablished = false;
        _output.Print("drop connection and then reconnect\n");
        session.SayEnd();
        _saved?.Dispose();
        _saved = session.Save();
        session.Dispose();
        _session = null;
        _socket!.Dispose();
        _socket = null;
    }
}
