using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>An id that packets of a connection are sent to. Source: RFC 9000, section 5.1.</summary>
/// <param name="First">Its first 16 octets.</param>
/// <param name="Last">The rest.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct QuicId(UInt128 First, uint Last, int Length)
{
    /// <summary>Octets of the longest id.</summary>
    internal const int Longest = 20;

    /// <summary>The id that octets are.</summary>
    /// <param name="octets">The octets: no more than <see cref="Longest"/>.</param>
    internal static QuicId Of(ReadOnlySpan<byte> octets)
    {
        Span<byte> whole = stackalloc byte[Longest];
        whole.Clear();
        octets.CopyTo(whole);
        return new QuicId(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(whole), System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(whole[16..]), octets.Length);
    }
}

/// <summary>The kinds of packets that have keys and numbers of their own.</summary>
internal enum QuicSpace
{
    /// <summary>Initial packets.</summary>
    Initial,

    /// <summary>Handshake packets.</summary>
    Handshake,

    /// <summary>Packets before and after the handshake.</summary>
    Application,
}

/// <summary>What is remembered of one direction of a connection.</summary>
internal sealed class QuicSide
{
    private const int Spaces = 3;

    /// <summary>The ids that its packets are sent from: those of the other direction are sent to them.</summary>
    internal List<QuicId> Ids { get; } = [];

    /// <summary>The tokens that it proves with that it forgot the connection.</summary>
    internal HashSet<UInt128> ResetTokens { get; } = [];

    /// <summary>The keys of Initial packets; null if they are not known.</summary>
    internal QuicKeys? Initial { get; set; }

    /// <summary>The version that they are of.</summary>
    internal uint InitialVersion { get; set; }

    /// <summary>The keys of 0-RTT packets.</summary>
    internal QuicKeys? Early { get; set; }

    /// <summary>The keys of Handshake packets.</summary>
    internal QuicKeys? Handshake { get; set; }

    /// <summary>The keys of packets with short headers.</summary>
    internal QuicKeys? Application { get; set; }

    /// <summary>The phase that those are of.</summary>
    internal bool KeyPhase { get; set; }

    /// <summary>The number of the last packet of each space that could be opened.</summary>
    internal ulong[] Numbers { get; } = new ulong[Spaces];

    /// <summary>The handshake of each space.</summary>
    internal QuicCrypto[] Crypto { get; } = [new(), new(), new()];

    /// <summary>Whether its parameters say that it knows the bits that show loss.</summary>
    internal bool KnowsLossBits { get; set; }

    /// <summary>Whether they say that it sends them.</summary>
    internal bool SendsLossBits { get; set; }
}

/// <summary>What is remembered of a QUIC connection.</summary>
internal sealed class QuicConnection
{
    /// <summary>How many ids of a side are remembered.</summary>
    internal const int MostIds = 64;

    /// <summary>Its number in this capture.</summary>
    internal required uint Number { get; init; }

    /// <summary>The server's end.</summary>
    internal required TcpEndpoint Server { get; init; }

    /// <summary>The two ends, as they were first.</summary>
    internal required TransactionKey Ends { get; init; }

    /// <summary>Its version.</summary>
    internal uint Version { get; set; }

    /// <summary>The id that the client sent its first packet to; null until it is known, and after a Retry.</summary>
    internal byte[]? FirstId { get; set; }

    /// <summary>What the client sends.</summary>
    internal QuicSide Client { get; } = new();

    /// <summary>What the server sends.</summary>
    internal QuicSide Host { get; } = new();

    /// <summary>The ids that the client sent Initial packets to.</summary>
    internal List<QuicId> FirstIds { get; } = [];

    /// <summary>Whether packets with short headers are not tried any more: the keys of one were not known.</summary>
    internal bool IsGivenUp { get; set; }

    /// <summary>What TLS agreed on.</summary>
    internal TlsSession Tls { get; } = new();

    /// <summary>What a side sends.</summary>
    /// <param name="isFromServer">Whether it is the server.</param>
    internal QuicSide SideOf(bool isFromServer) => isFromServer ? Host : Client;

    /// <summary>Whether there is room for another id of a side.</summary>
    /// <param name="side">The side.</param>
    internal static bool HasRoom(QuicSide side) => side.Ids.Count < MostIds;

    /// <summary>Notes a token that a side proves with that it forgot the connection.</summary>
    /// <param name="isOfServer">Whose it is.</param>
    /// <param name="token">The token: 16 octets.</param>
    internal void AddResetToken(bool isOfServer, ReadOnlySpan<byte> token)
    {
        HashSet<UInt128> tokens = SideOf(isOfServer).ResetTokens;
        if (tokens.Count < MostIds)
            tokens.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(token));
    }

    /// <summary>Whether a direction uses two bits to show loss. Source: draft-ferrieuxhamchaoui-quic-lossbits.</summary>
    /// <param name="isFromServer">Whether it is the server's.</param>
    internal bool HasLossBits(bool isFromServer) => SideOf(!isFromServer).KnowsLossBits && SideOf(isFromServer).SendsLossBits;
}

/// <summary>A piece of a handshake that waits for another one.</summary>
/// <param name="Frame">The packet that it was in.</param>
/// <param name="Start">Where it begins, counted from what was read.</param>
/// <param name="Octets">What it has.</param>
internal readonly record struct QuicPiece(uint Frame, int Start, byte[] Octets)
{
    /// <summary>Where it ends.</summary>
    internal int End => Start + Octets.Length;
}

/// <summary>The octets of a handshake that one direction sends in one kind of packets, in the order in which they belong.</summary>
internal sealed class QuicCrypto
{
    private const int Longest = 1 << 15; // of what waits for something before it, and of all its pieces
    private const int MostPieces = 1 << 10;

    private readonly List<QuicPiece> _waiting = [];
    private int _held;

    /// <summary>How much was read.</summary>
    internal ulong Read { get; private set; }

    /// <summary>Adds octets of which some are new.</summary>
    /// <param name="frame">The packet.</param>
    /// <param name="place">Where they belong.</param>
    /// <param name="octets">The octets.</param>
    /// <param name="pieces">What that which is returned was put together from, in the order of where they begin; empty if it is one piece.</param>
    /// <returns>What can be read now; null if something before it, or among it, is missing.</returns>
    internal byte[]? Take(uint frame, ulong place, ReadOnlySpan<byte> octets, out IReadOnlyList<QuicPiece> pieces)
    {
        pieces = [];
        if (place < Read)
        {
            octets = octets[(int)(Read - place)..];
            place = Read;
        }

        if (place == Read && _waiting.Count == 0)
        {
            Read += (ulong)octets.Length;
            return octets.ToArray();
        }

        if (place - Read + (ulong)octets.Length > Longest || _held + octets.Length > Longest || _waiting.Count == MostPieces)
            return null;
        var piece = new QuicPiece(frame, (int)(place - Read), octets.ToArray());
        int at = _waiting.FindIndex(other => other.Start > piece.Start);
        _waiting.Insert(at < 0 ? _waiting.Count : at, piece);
        _held += octets.Length;
        if (Join() is not { } whole)
            return null;
        pieces = [.. _waiting];
        _waiting.Clear();
        _held = 0;
        Read += (ulong)whole.Length;
        return whole;
    }

    // What waits, if nothing is missing of it; what comes first counts.
    private byte[]? Join()
    {
        int end = 0;
        foreach (QuicPiece piece in _waiting)
        {
            if (piece.Start > end)
                return null;
            end = Math.Max(end, piece.End);
        }

        byte[] whole = new byte[end];
        for (int place = _waiting.Count - 1; place >= 0; place--)
            _waiting[place].Octets.CopyTo(whole, _waiting[place].Start);
        return whole;
    }
}

/// <summary>The connections of QUIC, by their ids and their ends. How many are remembered is bounded.</summary>
/// <param name="forgotten">Told of a connection that is remembered no more.</param>
internal sealed class QuicConnections(Action<QuicConnection> forgotten)
{
    private const int MostConnections = 1 << 10; // each may hold a handshake

    private readonly Dictionary<QuicId, QuicConnection> _byClientId = [];
    private readonly Dictionary<QuicId, QuicConnection> _byServerId = [];
    private readonly Dictionary<QuicId, QuicConnection> _byFirstId = [];
    private readonly Dictionary<TransactionKey, QuicConnection> _byEnds = [];
    private readonly Generations<TransactionKey, object> _known = new(MostConnections, _ => { });
    private readonly Queue<QuicConnection> _all = [];
    private uint _lengths; // of ids, a bit for each
    private uint _count;

    /// <summary>Whether something was told to be QUIC that passed between two ends.</summary>
    /// <param name="ends">The ends.</param>
    internal bool IsKnown(in TransactionKey ends) => _known.TryFind(ends, out _);

    /// <summary>Notes that what passes between two ends is QUIC.</summary>
    /// <param name="ends">The ends.</param>
    internal void Know(in TransactionKey ends) => _known.Of(ends);

    /// <summary>Begins a connection.</summary>
    /// <param name="ends">Its ends.</param>
    /// <param name="server">That of the server.</param>
    /// <param name="version">Its version.</param>
    internal QuicConnection Begin(in TransactionKey ends, in TcpEndpoint server, uint version)
    {
        if (_all.Count == MostConnections)
            Forget(_all.Dequeue());
        var connection = new QuicConnection { Number = _count++, Server = server, Ends = ends, Version = version };
        _all.Enqueue(connection);
        _byEnds[ends] = connection;
        return connection;
    }

    /// <summary>Notes the id that a client sent an Initial packet to.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="octets">The id.</param>
    internal void AddFirst(QuicConnection connection, ReadOnlySpan<byte> octets)
    {
        connection.FirstId = octets.ToArray();
        var id = QuicId.Of(octets);
        if (octets.IsEmpty || connection.FirstIds.Count >= QuicConnection.MostIds)
            return;
        connection.FirstIds.Add(id);
        _byFirstId[id] = connection;
    }

    /// <summary>Notes an id of a side.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="octets">The id.</param>
    /// <param name="isOfServer">Whose it is.</param>
    internal void Add(QuicConnection connection, ReadOnlySpan<byte> octets, bool isOfServer)
    {
        QuicSide side = connection.SideOf(isOfServer);
        var id = QuicId.Of(octets);
        if (side.Ids.Contains(id) || !QuicConnection.HasRoom(side))
            return;
        side.Ids.Add(id);
        if (octets.IsEmpty)
            return;
        _lengths |= 1u << octets.Length;
        (isOfServer ? _byServerId : _byClientId)[id] = connection;
    }

    /// <summary>The connection that a packet with a long header belongs to; null if it is not known.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="type">Its type.</param>
    /// <param name="destination">The id that it was sent to.</param>
    /// <param name="isFromServer">Who sent it.</param>
    internal QuicConnection? FindLong(in Dissection dissection, Wire.Quic.QuicPacketType type, ReadOnlySpan<byte> destination, out bool isFromServer)
    {
        if (type is Wire.Quic.QuicPacketType.ZeroRtt && destination.Length > 0)
        {
            isFromServer = false;
            return _byFirstId.GetValueOrDefault(QuicId.Of(destination));
        }

        QuicConnection? connection = Find(dissection, destination, out isFromServer);
        bool isNew = connection is not null && type is Wire.Quic.QuicPacketType.Initial && !isFromServer && destination.Length > 0
            && connection.FirstId?.AsSpan().SequenceEqual(destination) is not true && connection.Host.Ids.IndexOf(QuicId.Of(destination)) < 0;
        if (connection is null && type is Wire.Quic.QuicPacketType.Initial && destination.Length > 0
            && _byFirstId.TryGetValue(QuicId.Of(destination), out QuicConnection? begun) && begun.FirstId?.AsSpan().SequenceEqual(destination) is true)
        {
            return begun;
        }

        return isNew ? null : connection;
    }

    /// <summary>The connection that a packet with a short header belongs to; null if it is not known.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="octets">What follows its first octet.</param>
    /// <param name="length">Octets of the id that it was sent to.</param>
    /// <param name="isFromServer">Who sent it.</param>
    internal QuicConnection? FindShort(in Dissection dissection, ReadOnlySpan<byte> octets, out int length, out bool isFromServer)
    {
        length = 0;
        isFromServer = false;
        if (_byEnds.TryGetValue(TransactionKey.Of(dissection.Source, dissection.Destination, 0), out QuicConnection? connection))
        {
            isFromServer = connection.Server == dissection.Source;
            QuicSide receiver = connection.SideOf(!isFromServer);
            if (receiver.Ids.Count == 0)
                return connection; // nothing is known of them
            foreach (QuicId id in receiver.Ids)
            {
                if (id.Length > octets.Length || QuicId.Of(octets[..id.Length]) != id)
                    continue;
                length = id.Length;
                return connection;
            }
        }

        for (int tried = QuicId.Longest; tried > 0; tried--)
        {
            if ((_lengths & (1u << tried)) == 0 || tried > octets.Length || Find(dissection, octets[..tried], out isFromServer) is not { } other)
                continue;
            length = tried;
            return other;
        }

        isFromServer = false;
        return null;
    }

    /// <summary>The connection that the token at the end of a packet belongs to; null if there is none.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="token">The token.</param>
    /// <param name="isFromServer">Who sent it.</param>
    internal QuicConnection? FindReset(in Dissection dissection, ReadOnlySpan<byte> token, out bool isFromServer)
    {
        isFromServer = false;
        if (!_byEnds.TryGetValue(TransactionKey.Of(dissection.Source, dissection.Destination, 0), out QuicConnection? connection))
            return null;
        isFromServer = connection.Server == dissection.Source;
        return connection.SideOf(isFromServer).ResetTokens.Contains(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(token)) ? connection : null;
    }

    private QuicConnection? Find(in Dissection dissection, ReadOnlySpan<byte> destination, out bool isFromServer)
    {
        isFromServer = false;
        QuicConnection? connection;
        bool isByEnds = destination.IsEmpty;
        if (isByEnds)
        {
            _byEnds.TryGetValue(TransactionKey.Of(dissection.Source, dissection.Destination, 0), out connection);
        }
        else
        {
            var id = QuicId.Of(destination);
            bool isClients = _byClientId.TryGetValue(id, out QuicConnection? ofClient);
            bool isServers = _byServerId.TryGetValue(id, out QuicConnection? ofServer);
            connection = ofClient ?? ofServer;
            isFromServer = isClients;
            isByEnds = isClients && isServers; // both sides chose the same one
        }

        if (isByEnds && connection is not null)
            isFromServer = connection.Server == dissection.Source;
        return connection;
    }

    private void Forget(QuicConnection connection)
    {
        forgotten(connection);
        foreach (QuicId id in connection.FirstIds)
            Remove(_byFirstId, id, connection);
        foreach (QuicId id in connection.Client.Ids)
            Remove(_byClientId, id, connection);
        foreach (QuicId id in connection.Host.Ids)
            Remove(_byServerId, id, connection);
        Remove(_byEnds, connection.Ends, connection);
    }

    private static void Remove<TKey>(Dictionary<TKey, QuicConnection> connections, TKey key, QuicConnection connection)
        where TKey : notnull
    {
        if (connections.TryGetValue(key, out QuicConnection? found) && found == connection)
            connections.Remove(key);
    }
}
