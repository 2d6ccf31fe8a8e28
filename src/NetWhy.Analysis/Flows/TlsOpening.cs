using NetWhy.Analysis.Dissection;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Flows;

/// <summary>Decrypts the records of a TLS conversation whose secrets are known, and follows the HTTP in them.</summary>
/// <remarks>
/// A direction of which a record is missing cannot be decrypted further: records are numbered, and the number is not sent.
/// Source: RFC 8446, section 5; RFC 5246, section 6.
/// </remarks>
/// <param name="whole">The handshake that it belongs to.</param>
/// <param name="log">Secrets that are known.</param>
/// <param name="budget">Bounds what is held.</param>
internal sealed class TlsOpening(TlsFollower whole, TlsKeyLog log, StreamBudget budget)
{
    private const int Client = 0; // its direction
    private const int MostFailures = 4; // records at the beginning that no known key fits, such as early data

    private readonly TlsSession _session = new();
    private readonly int[] _failures = new int[2];
    private readonly bool[] _isOpen = new bool[2];
    private readonly bool[] _isShut = new bool[2]; // its records cannot be read any more
    private bool _isHttpSought = true;

    /// <summary>Its HTTP; null if there is none, or it cannot be read.</summary>
    internal HttpFollower? Http { get; private set; }

    /// <summary>Whether nothing more is to be learnt.</summary>
    internal bool IsDone { get; private set; }

    /// <summary>Takes a hello.</summary>
    /// <param name="hello">It.</param>
    internal void Take(TlsHello hello)
    {
        if (hello.IsClient)
        {
            _session.BeginClient(Client, hello.Random, log);
            return;
        }

        if (hello.IsHelloRetryRequest)
            return;
        _session.Choose(hello.Version);
        _session.Suite = hello.CipherSuites.IsEmpty ? (ushort)0 : hello.CipherSuites[0];
        _session.EncryptsThenMacs = hello.Has(TlsExtensionType.EncryptThenMac);
        _session.BeginServer(hello.Random, log);
    }

    /// <summary>Takes a record.</summary>
    /// <param name="record">The record with its header, whole.</param>
    /// <param name="type">Its type.</param>
    /// <param name="isClient">Whether it is the client's.</param>
    /// <param name="moment">The packet in which it ended.</param>
    internal void Take(ReadOnlySpan<byte> record, TlsContentType type, bool isClient, in StreamMoment moment)
    {
        int direction = isClient ? Client : 1 - Client;
        if (type is TlsContentType.ChangeCipherSpec)
        {
            _session.ChangeCipher(direction, log);
            return;
        }

        if (type is not TlsContentType.ApplicationData && !_session.IsEncrypted[direction])
            return; // in plain: the handshake's
        if (_isShut[direction])
            return;
        if (_session.Decrypt(direction, record[..TlsRecord.HeaderLength], record[TlsRecord.HeaderLength..]) is not { } plain)
        {
            // A server logs its own secrets, some of them only: what it says against the client is readable then.
            _isShut[direction] = _isOpen[direction] || ++_failures[direction] > MostFailures;
            IsDone |= _isShut[direction] && (Http is not null || _isShut[1 - direction]);
            return;
        }

        _isOpen[direction] = true;
        byte inner = (byte)type;
        int length = _session.Unwrap(plain, ref inner, out _);
        if (length >= 0)
            TakePlain(plain.AsSpan(0, length), (TlsContentType)inner, isClient, moment);
    }

    /// <summary>Octets of a direction are missing.</summary>
    /// <param name="moment">The packet by which that is known.</param>
    internal void Miss(in StreamMoment moment)
    {
        Http?.Client.Miss(long.MaxValue, moment);
        Http?.Server.Miss(long.MaxValue, moment);
        IsDone = true;
    }

    internal void Release() => Http?.Release();

    private void TakePlain(ReadOnlySpan<byte> plain, TlsContentType type, bool isClient, in StreamMoment moment)
    {
        const int KeyUpdateLength = 5;
        switch (type)
        {
            case TlsContentType.Alert when plain.Length == 2:
                whole.TakeAlert(plain[1], isClient, moment);
                break;
            case TlsContentType.Handshake when plain.Length == KeyUpdateLength && plain[0] == (byte)HandshakeType.KeyUpdate:
                _session.UpdateKey(isClient ? Client : 1 - Client);
                break;
            case TlsContentType.ApplicationData when !plain.IsEmpty:
                TakeData(plain, isClient, moment);
                break;
        }
    }

    private void TakeData(ReadOnlySpan<byte> data, bool isClient, in StreamMoment moment)
    {
        if (_isHttpSought && isClient)
        {
            _isHttpSought = false;
            StreamKind kind = StreamFollower.KindOf(data, 0, 0);
            if (kind is StreamKind.Http or StreamKind.Http2)
                Http = StreamFollower.BeginHttp(kind, budget);
            else
                IsDone = true;
        }

        if (Http is null)
        {
            IsDone |= _isShut[Client];
            return;
        }

        (isClient ? Http.Client : Http.Server).Read(data, moment);
        IsDone = Http.IsDone;
    }
}
