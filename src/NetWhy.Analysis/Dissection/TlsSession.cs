namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered of a TLS session.</summary>
internal sealed class TlsSession
{
    /// <summary>TLS 1.2.</summary>
    internal const ushort Version12 = 0x0303;

    /// <summary>TLS 1.3.</summary>
    internal const ushort Version13 = 0x0304;

    private const int RandomLength = 32;
    private const int MostCiphers = 64; // keys that wait for a direction to use them

    private readonly List<TlsCipher>[] _ciphers = [[], []];
    private readonly byte[][] _secrets = [[], []];
    private byte[] _clientRandom = [];
    private byte[] _serverRandom = [];
    private int _client; // its direction

    /// <summary>Whether a record was seen.</summary>
    internal bool HasRecord { get; set; }

    /// <summary>The packet in which the last record was read.</summary>
    internal uint LastFrame { get; set; }

    /// <summary>Whether both sides agreed on TLS 1.3, where the type of a record says nothing about what is in it.</summary>
    internal bool IsVersion13 { get; private set; }

    /// <summary>The version that the server chose; 0 until it did.</summary>
    internal ushort Version { get; set; }

    /// <summary>Which of those of the capture it is, from 1; 0 where nobody asked.</summary>
    internal uint Place { get; set; }

    /// <summary>Whether the version is known from the end of the capture.</summary>
    internal bool IsForeseen { get; set; }

    /// <summary>The version that its messages are read as: that of a record until the server chose one; 0 before the first that tells.</summary>
    internal ushort ShownVersion { get; set; }

    /// <summary>The direction of the server; -1 until it is known.</summary>
    internal int Server { get; set; } = -1;

    /// <summary>Whether it may be one that was resumed: the server has said hello, and not that it is done.</summary>
    internal bool IsResumed { get; set; }

    /// <summary>By direction, the packet in which it changed to encrypted records; 0 for none.</summary>
    internal uint[] ChangedIn { get; } = new uint[2];

    /// <summary>The cipher suite that the server chose.</summary>
    internal ushort Suite { get; set; }

    /// <summary>What the server chose to carry, as far as it is read.</summary>
    internal StreamProtocol Application { get; private set; }

    /// <summary>What that is called, and all that is not read but known; null for what is not.</summary>
    internal string? ApplicationName { get; private set; }

    /// <summary>Whether the MAC stands behind what is encrypted (RFC 7366).</summary>
    internal bool EncryptsThenMacs { get; set; }

    /// <summary>What the parameters of QUIC that were read last say of bits that show loss; null if nothing.</summary>
    internal ulong? LossBits { get; set; }

    /// <summary>The token that those parameters give to prove that a connection was forgotten; null if there is none.</summary>
    internal byte[]? ResetToken { get; set; }

    /// <summary>By direction, whether it has changed to encrypted records: 0 is that of the first segment.</summary>
    internal bool[] IsEncrypted { get; } = new bool[2];

    /// <summary>By direction, the beginning of a handshake message that goes on in the next record.</summary>
    internal HandshakePart[] Rest { get; } = [new(), new()];

    /// <summary>By direction, octets of decrypted application data so far.</summary>
    internal uint[] Decrypted { get; } = new uint[2];

    /// <summary>What was found in decrypted application data; null until there is some.</summary>
    internal StreamConversation? Inner { get; set; }

    /// <summary>Notes the version that the server chose.</summary>
    /// <param name="version">The version.</param>
    internal void Choose(ushort version)
    {
        Version = version;
        IsVersion13 = version is Version13 or (>= 0x7f00 and <= 0x7fff) or (>= 0xfb00 and <= 0xfbff); // and its drafts
        if (IsVersion13 || IsKnown(version))
            ShownVersion = IsVersion13 ? Version13 : version;
    }

    /// <summary>Notes the version of a record that says which one is spoken: all but the hello of a client do.</summary>
    /// <param name="version">The version.</param>
    internal void Assume(ushort version)
    {
        if (ShownVersion == 0 && IsKnown(version))
            ShownVersion = version;
    }

    private static bool IsKnown(ushort version) => version is >= 0x0300 and <= Version13;

    /// <summary>Notes what the server chose to carry. Source: IANA, "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs"; the names are Wireshark's.</summary>
    /// <param name="name">Its name.</param>
    internal void ChooseApplication(ReadOnlySpan<byte> name)
    {
        Application = name.SequenceEqual("h2"u8) ? StreamProtocol.Http2 : name.StartsWith("http/1."u8) ? StreamProtocol.Http : StreamProtocol.Unknown;
        ApplicationName = TlsNames.OfAlpn(name) ?? ApplicationName;
    }

    /// <summary>Finds what a decrypted record carries.</summary>
    /// <param name="plain">What was encrypted.</param>
    /// <param name="type">The record's type; the true one afterwards.</param>
    /// <param name="wasHidden">Whether the true type was among what was encrypted.</param>
    /// <returns>Octets of the content; less than none if there is none.</returns>
    /// <remarks>In TLS 1.3 the true type stands at the end, behind it only zeros. Source: RFC 8446, section 5.2.</remarks>
    internal int Unwrap(ReadOnlySpan<byte> plain, ref byte type, out bool wasHidden)
    {
        const byte ApplicationData = 23;
        wasHidden = type == ApplicationData && (IsVersion13 || Version == 0);
        if (!wasHidden)
            return plain.Length;
        int length = plain.LastIndexOfAnyExcept((byte)0);
        if (length >= 0)
            type = plain[length];
        return length;
    }

    /// <summary>Notes a client's hello.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="random">Its random octets.</param>
    /// <param name="log">Secrets that are known.</param>
    internal void BeginClient(int direction, ReadOnlySpan<byte> random, TlsKeyLog log)
    {
        Server = 1 - direction;
        if (log.IsEmpty || random.Length != RandomLength)
            return;
        _client = direction;
        _clientRandom = random.ToArray();
        if (log.Find("CLIENT_EARLY_TRAFFIC_SECRET", random) is { } early)
            AddEarly(early);
    }

    /// <summary>Notes a server's hello: TLS 1.3 encrypts from then on.</summary>
    /// <param name="random">Its random octets.</param>
    /// <param name="log">Secrets that are known.</param>
    internal void BeginServer(ReadOnlySpan<byte> random, TlsKeyLog log)
    {
        if (_clientRandom.Length == 0 || random.Length != RandomLength)
            return;
        _serverRandom = random.ToArray();
        if (!IsVersion13 || TlsSuite.Of(Suite) is not { } suite)
            return;
        Add(_client, suite, log.Find("CLIENT_HANDSHAKE_TRAFFIC_SECRET", _clientRandom));
        Add(1 - _client, suite, log.Find("SERVER_HANDSHAKE_TRAFFIC_SECRET", _clientRandom));
        Add(_client, suite, log.Find("CLIENT_TRAFFIC_SECRET_0", _clientRandom));
        Add(1 - _client, suite, log.Find("SERVER_TRAFFIC_SECRET_0", _clientRandom));
    }

    /// <summary>Notes that a direction encrypts from now on, before TLS 1.3.</summary>
    /// <param name="direction">The direction.</param>
    /// <param name="log">Secrets that are known.</param>
    internal void ChangeCipher(int direction, TlsKeyLog log)
    {
        if (IsVersion13)
            return;
        IsEncrypted[direction] = true;
        if (_serverRandom.Length == 0 || Version != 0x0303 || TlsSuite.Of(Suite) is not { } suite || log.Find("CLIENT_RANDOM", _clientRandom) is not { } master)
            return;
        (TlsCipher client, TlsCipher server) = TlsCipher.OfMasterSecret(suite, master, _clientRandom, _serverRandom, EncryptsThenMacs);
        _ciphers[direction].Clear();
        _ciphers[direction].Add(direction == _client ? client : server);
    }

    /// <summary>A secret of this session; null if it is not known.</summary>
    /// <param name="label">What it is for, such as <c>CLIENT_TRAFFIC_SECRET_0</c>.</param>
    /// <param name="log">Secrets that are known.</param>
    internal byte[]? FindSecret(string label, TlsKeyLog log) => _clientRandom.Length == 0 ? null : log.Find(label, _clientRandom);

    /// <summary>Derives the next keys of a direction. Source: RFC 8446, section 7.2.</summary>
    /// <param name="direction">The direction.</param>
    internal void UpdateKey(int direction)
    {
        if (TlsSuite.Of(Suite) is { } suite && _secrets[direction] is { Length: > 0 } secret)
            Add(direction, suite, TlsCipher.Expand(suite.Hash, secret, "tls13 traffic upd", secret.Length));
    }

    /// <summary>Decrypts a record. Keys that come later in a session are tried where the earlier ones do not fit: it need not be known when a direction changes.</summary>
    /// <param name="direction">Its direction.</param>
    /// <param name="header">Its header.</param>
    /// <param name="fragment">What it carries.</param>
    /// <returns>What was encrypted; null if no key is known, or none fits.</returns>
    internal byte[]? Decrypt(int direction, ReadOnlySpan<byte> header, ReadOnlySpan<byte> fragment)
    {
        List<TlsCipher> ciphers = _ciphers[direction];
        for (int place = 0; place < ciphers.Count; place++)
        {
            if (ciphers[place].Decrypt(header, fragment) is not { } plain)
                continue;
            ciphers.RemoveRange(0, place);
            return plain;
        }

        return null;
    }

    // The suite is that of an earlier session, which is not known: it is one of those of the length.
    private void AddEarly(byte[] secret)
    {
        if (_ciphers[_client].Count >= MostCiphers)
            return;
        foreach (ushort number in (ReadOnlySpan<ushort>)[0x1301, 0x1302, 0x1303])
        {
            if (TlsSuite.Of(number) is { } suite && suite.Takes(secret))
                _ciphers[_client].Add(TlsCipher.OfSecret(suite, secret));
        }
    }

    private void Add(int direction, in TlsSuite suite, byte[]? secret)
    {
        if (secret is null || !suite.Takes(secret) || _ciphers[direction].Count >= MostCiphers)
            return;
        _secrets[direction] = secret;
        _ciphers[direction].Add(TlsCipher.OfSecret(suite, secret));
    }
}

/// <summary>A handshake message that is not whole yet.</summary>
internal sealed class HandshakePart : OctetStore
{
    private const int HeaderLength = 4;

    /// <summary>The packets that it came in, and how much of it each had.</summary>
    internal List<(uint Frame, int Length)> Fragments { get; } = [];

    /// <summary>Whether all of it is there.</summary>
    internal bool IsWhole => Octets.Length >= HeaderLength && Octets.Length >= WholeLength(Octets);

    /// <summary>How much of what follows belongs to it.</summary>
    /// <param name="next">What follows.</param>
    internal int Lacks(ReadOnlySpan<byte> next)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        int known = Math.Min(Octets.Length, HeaderLength);
        Octets[..known].CopyTo(header);
        if (known + next.Length < HeaderLength)
            return next.Length;
        next[..(HeaderLength - known)].CopyTo(header[known..]);
        return Math.Min(next.Length, WholeLength(header) - Octets.Length);
    }

    private static int WholeLength(ReadOnlySpan<byte> octets) => HeaderLength + ((octets[1] << 16) | (octets[2] << 8) | octets[3]);
}
