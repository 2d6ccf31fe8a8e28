using System.Buffers;
using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Evidence;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Flows;

/// <summary>Follows a TLS handshake until application data passes, and beyond where it can be decrypted. Sources: RFC 8446, RFC 5246.</summary>
internal sealed class TlsFollower
{
    private const ushort Tls13 = 0x0304;

    private long _helloTime;
    private uint _helloPacket;
    private string? _serverName;
    private ushort _version;
    private ushort _suite;
    private uint _serverHelloPacket;
    private long _serverHello;
    private long _lastOfServer;
    private long _serverFlightEnd;
    private long _clientFlight;
    private long _applicationData;
    private int _protectedOfClient; // records
    private int _answerRecords; // of the server, since the first application data
    private long _answerOctets;
    private long _askedOctets;
    private bool _isAnswered;
    private uint _protectedAlertPacket;
    private int _serverRecordsSince; // protected ones, since the client's first
    private uint _protectedRefusalPacket;
    private bool _isCertificateRequested;
    private uint _emptyCertificatePacket;
    private CapturedCertificate? _certificate;
    private string? _plaintext;
    private CapturedAlert? _alert;

    private readonly TlsOpening? _opening;

    internal TlsFollower(StreamBudget budget, TlsKeyLog secrets)
    {
        _opening = secrets.IsEmpty ? null : new TlsOpening(this, secrets, budget);
        Client = new Half(this, budget, isClient: true);
        Server = new Half(this, budget, isClient: false);
    }

    internal Half Client { get; }

    internal Half Server { get; }

    /// <summary>HTTP that was decrypted; null if there is none.</summary>
    internal HttpFollower? Http => _opening?.Http;

    internal bool IsDone => _opening?.IsDone ?? (_applicationData != 0 && _isAnswered);

    /// <summary>Whether the client has asked for something and nothing came since but what may be tickets and settings.</summary>
    internal bool AwaitsAnswer => _applicationData != 0 && !_isAnswered;

    internal bool AwaitsServer => _helloPacket != 0 && _serverHelloPacket == 0;

    /// <summary>What was seen; null without a ClientHello.</summary>
    /// <param name="isClientRight">Whether who was taken for the client is it.</param>
    internal CapturedTls? ToEvidence(bool isClientRight) => _helloPacket == 0 && Client.HelloLacks == 0 ? null : new CapturedTls(_helloPacket)
    {
        HelloLacks = _helloPacket == 0 ? Client.HelloLacks : 0,
        EmptyCertificatePacket = _emptyCertificatePacket,
        ProtectedRefusalPacket = _protectedRefusalPacket,
        ServerName = _serverName,
        Version = _serverHelloPacket == 0 ? null : VersionName(_version),
        CipherSuite = _serverHelloPacket == 0 ? null : TlsCipherSuite.Name(_suite) ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{_suite:x4}"),
        ServerHelloPacket = _serverHelloPacket,
        ServerHello = Since(_serverHello),
        ServerFlightEnd = _serverHelloPacket == 0 ? null : Since(_serverFlightEnd != 0 ? _serverFlightEnd : _lastOfServer),
        ClientFlight = Since(_clientFlight),
        ApplicationData = Since(_applicationData),
        Certificate = _certificate,
        Plaintext = _plaintext,
        ProtectedAlertPacket = _protectedAlertPacket,
        Alert = _alert is null ? null : _alert with { IsFromClient = _alert.IsFromClient == isClientRight },
    };

    internal void Release()
    {
        Client.Release();
        Server.Release();
        _opening?.Release();
    }

    private static string VersionName(ushort version) => version switch
    {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        Tls13 => "TLS 1.3",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{version:x4}"),
    };

    private TimeSpan? Since(long moment) => moment == 0 ? null : CaptureTime.Span(moment - _helloTime);

    private void Pass(bool isClient, in StreamMoment moment)
    {
        if (!isClient)
        {
            if (_clientFlight == 0)
                _lastOfServer = moment.Nanoseconds;
        }
        else if (_serverHelloPacket != 0 && _clientFlight == 0)
        {
            _clientFlight = moment.Nanoseconds;
            _serverFlightEnd = _lastOfServer;
        }
    }

    private void Take(TlsHello hello, in StreamMoment moment)
    {
        _opening?.Take(hello);
        if (hello.IsClient)
        {
            if (_helloPacket != 0)
                return;
            _helloPacket = moment.Frame;
            _helloTime = moment.Nanoseconds;
            ReadOnlySpan<byte> name = hello.ServerName;
            _serverName = name.IsEmpty ? null : Encoding.Latin1.GetString(name[..Math.Min(name.Length, 255)]);
        }
        else if (!hello.IsHelloRetryRequest && _serverHelloPacket == 0)
        {
            _serverHelloPacket = moment.Frame;
            _serverHello = moment.Nanoseconds;
            _version = hello.Version;
            _suite = hello.CipherSuites.IsEmpty ? (ushort)0 : hello.CipherSuites[0];
        }
    }

    /// <summary>Takes an alert that is not encrypted, or no longer.</summary>
    /// <param name="description">What it says.</param>
    /// <param name="isClient">Whether the client sent it.</param>
    /// <param name="moment">Its packet.</param>
    internal void TakeAlert(byte description, bool isClient, in StreamMoment moment)
    {
        const byte CloseNotify = 0;
        if (description != CloseNotify)
            _alert ??= new CapturedAlert(moment.Frame, isClient, description, TlsAlert.Name(description));
    }

    // Nearly all certificates are in order: of those only the dates are read.
    private void TakeCertificate(TlsHandshakeMessage message, in StreamMoment moment)
    {
        foreach (ReadOnlySpan<byte> first in new TlsCertificates(message.Body, isTls13: false))
        {
            DateTimeOffset now = CaptureTime.Moment(moment.Nanoseconds);
            if (Certificate.ReadValidity(first, out DateTimeOffset notBefore, out DateTimeOffset notAfter) is OperationStatus.Done && (now < notBefore || now > notAfter))
            {
                string subject = Certificate.Read(first, out Certificate? certificate) is OperationStatus.Done ? certificate!.Subject : "";
                _certificate = new CapturedCertificate(moment.Frame, subject, notBefore, notAfter, now);
            }

            return;
        }
    }

    // Source: RFC 5246, section 7.4.6.
    private void TakeCertificateOfClient(TlsHandshakeMessage message, in StreamMoment moment)
    {
        const int NoCertificates = 3; // octets of the length of the list
        if (message.Type is HandshakeType.Certificate && message.Body.Length == NoCertificates)
            _emptyCertificatePacket = moment.Frame;
    }

    private void TakePlaintext(ReadOnlySpan<byte> octets)
    {
        const int Most = 24;
        if (_helloPacket == 0 || _serverHelloPacket != 0 || _plaintext is not null)
            return;
        int end = octets.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
        string text = Encoding.Latin1.GetString(octets[..Math.Min(Most, end < 0 ? octets.Length : end)]);
        if (text.Length >= 3)
            _plaintext = text;
    }

    // Of TLS 1.3, the client's first protected record ends the handshake; before that all protected ones belong to it.
    private void TakeData(bool isClient, int length, in StreamMoment moment)
    {
        const int AlertLength = 2 + 1 + 16; // with its type, and the tag of AEAD; a Finished has 32 octets or more
        if (isClient && _version == Tls13 && _protectedOfClient == 0 && length == AlertLength)
            _protectedAlertPacket = moment.Frame;
        const int EmptyCertificateLength = 4 + 1 + 3 + 1 + 16; // header, context and list of the message, its type, and the tag
        if (isClient && _version == Tls13 && _protectedOfClient == 0 && length == EmptyCertificateLength)
            _emptyCertificatePacket = moment.Frame;
        if (!isClient && _version == Tls13 && _protectedOfClient > 0)
            _protectedRefusalPacket = _serverRecordsSince++ == 0 && length == AlertLength ? moment.Frame : 0;
        if (AwaitsAnswer)
            FollowAnswer(isClient, length);
        bool isEarly = _helloPacket != 0 && _serverHelloPacket == 0; // RFC 8446, section 2.3
        bool isData = !isEarly && (_version != Tls13 || (isClient && _protectedOfClient++ > 0));
        if (isData && _applicationData == 0)
            _applicationData = moment.Nanoseconds;
    }

    // What comes at once in TLS 1.3 may be tickets (RFC 8446, section 4.6.1), and settings of HTTP/2: the answer is what follows.
    private void FollowAnswer(bool isClient, int length)
    {
        const int MostRecords = 6;
        const int MostOctets = 2048, MostAsked = 1 << 16;
        if (isClient)
            _askedOctets += length;
        else
            (_answerRecords, _answerOctets) = (_answerRecords + 1, _answerOctets + length);
        _isAnswered = (isClient && _answerRecords > 0) || _askedOctets > MostAsked || _answerOctets > MostOctets || _answerRecords > (_version == Tls13 ? MostRecords : 0);
    }

    /// <summary>The records of one direction.</summary>
    internal sealed class Half(TlsFollower whole, StreamBudget budget, bool isClient) : IStreamReader
    {
        private const int LongestHello = 1 << 16;
        private const int LongestRecord = TlsRecord.HeaderLength + (1 << 14) + 2048; // RFC 5246, section 6.2.3

        private readonly MessageBuffer _buffer = new(budget, LongestHello);
        private readonly MessageBuffer _record = new(budget, LongestRecord); // where it can be decrypted
        private HeaderOctets _header;
        private int _headerCount;
        private long _left; // of the record
        private TlsContentType _type;
        private int _alertCount;
        private byte _level;
        private bool _isPlainAlert;
        private bool _isProtected;
        private bool _hasHello;
        private bool _hasAll; // that is read of the handshake
        private bool _hasCertificate; // of the client, or what it says instead
        private bool _hasRecord;
        private bool _isBroken;

        /// <summary>Octets that a ClientHello lacks which has begun; 0 if none has, or it is whole.</summary>
        internal int HelloLacks => isClient && !_hasHello && !_isBroken && _type is TlsContentType.Handshake ? (int)_left : 0;

        // A client's certificate, and that there is none, comes only if it was asked for.
        private bool IsRead => _hasAll && (!isClient || _hasCertificate || !whole._isCertificateRequested);

        /// <inheritdoc/>
        public void Read(ReadOnlySpan<byte> octets, in StreamMoment moment)
        {
            whole.Pass(isClient, moment);
            if (!isClient && !_hasRecord && _headerCount == 0 && octets[0] is < (byte)TlsContentType.ChangeCipherSpec or > (byte)TlsContentType.ApplicationData)
                whole.TakePlaintext(octets);
            while (!octets.IsEmpty && !_isBroken)
            {
                if (_left == 0)
                {
                    _header[_headerCount++] = octets[0];
                    octets = octets[1..];
                    if (_headerCount == TlsRecord.HeaderLength)
                        BeginRecord(moment);
                    continue;
                }

                int taken = (int)Math.Min(_left, octets.Length);
                TakePart(octets[..taken], moment);
                _left -= taken;
                if (whole._opening is { IsDone: false } opening)
                    Gather(octets[..taken], opening, moment);
                octets = octets[taken..];
            }
        }

        /// <inheritdoc/>
        public void Miss(long count, in StreamMoment moment)
        {
            whole._opening?.Miss(moment);
            if (count <= _left && _type is TlsContentType.ApplicationData)
                _left -= count;
            else
                _isBroken = true;
        }

        internal void Release()
        {
            _buffer.Release();
            _record.Release();
        }

        private void BeginRecord(in StreamMoment moment)
        {
            _headerCount = 0;
            if (TlsRecord.Read(_header, out TlsRecord record) is not OperationStatus.Done)
            {
                _isBroken = true;
                return;
            }

            _hasRecord = true;
            _left = record.Length;
            _type = record.ContentType;
            _alertCount = 0;
            _isPlainAlert = _type is TlsContentType.Alert && record.Length == 2 && !_isProtected;
            _isProtected |= _type is TlsContentType.ChangeCipherSpec;
            if (_type is TlsContentType.ApplicationData)
                whole.TakeData(isClient, record.Length, moment);
        }

        private void Gather(ReadOnlySpan<byte> part, TlsOpening opening, in StreamMoment moment)
        {
            bool hasRoom = (_record.Count > 0 || _record.Add(_header)) && _record.Add(part);
            if (!hasRoom)
                opening.Miss(moment);
            else if (_left == 0)
                opening.Take(_record.Octets, _type, isClient, moment);
            if (!hasRoom || _left == 0)
                _record.Remove(_record.Count);
        }

        private void TakePart(ReadOnlySpan<byte> part, in StreamMoment moment)
        {
            if (_isPlainAlert)
            {
                foreach (byte octet in part)
                {
                    if (_alertCount++ == 0)
                        _level = octet;
                    else if (_level is 1 or 2)
                        whole.TakeAlert(octet, isClient, moment);
                }
            }

            if (_type is TlsContentType.Handshake && !_isProtected && !IsRead)
                TakeHandshake(part, moment);
        }

        private void TakeHandshake(ReadOnlySpan<byte> part, in StreamMoment moment)
        {
            _isBroken = !_buffer.Add(part);
            while (!_isBroken && !IsRead)
            {
                OperationStatus status = TlsHandshakeMessage.Read(_buffer.Octets, out TlsHandshakeMessage message);
                _isBroken = status is OperationStatus.InvalidData;
                if (status is not OperationStatus.Done || message.IsTruncated)
                    break;
                TakeMessage(message, moment);
                _buffer.Remove(TlsHandshakeMessage.HeaderLength + message.Length);
            }

            if (IsRead || _isBroken || _buffer.Count == 0)
                _buffer.Release();
        }

        private void TakeMessage(TlsHandshakeMessage message, in StreamMoment moment)
        {
            if (_hasHello)
            {
                if (isClient)
                    whole.TakeCertificateOfClient(message, moment);
                else if (message.Type is HandshakeType.Certificate)
                    whole.TakeCertificate(message, moment);
                whole._isCertificateRequested |= !isClient && message.Type is HandshakeType.CertificateRequest;
                _hasCertificate = isClient;
                _hasAll = isClient || message.Type is HandshakeType.ServerHelloDone;
                return;
            }

            bool isHello = TlsHello.Read(message, out TlsHello hello) is OperationStatus.Done;
            if (isHello)
                whole.Take(hello, moment);
            _hasHello = isClient || !(isHello && hello.IsHelloRetryRequest); // a second one follows
            _hasAll = isClient;
        }

        [System.Runtime.CompilerServices.InlineArray(TlsRecord.HeaderLength)]
        private struct HeaderOctets
        {
            private byte _first;
        }
    }
}
