using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.App.Render;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.App.Commands;

/// <summary>Fills the tables of a capture, which docs/capture-tables.md describes, row by row while the capture is read.</summary>
internal sealed class CaptureTables : IDisposable
{
    private const string Ends = "ends";

    // Counted by DuckDB, which keeps on disk what is too much for memory, and not here.
    private const string Flows = """
        CREATE TABLE flows AS
        SELECT stream, first_address, first_port, second_address, second_port, min("at") AS first_at,
            epoch_ns(max("at")) - epoch_ns(min("at")) AS duration_ns, count(*) AS packets,
            coalesce(sum(len) FILTER (is_from_first), 0)::BIGINT AS octets_of_first, coalesce(sum(len) FILTER (NOT is_from_first), 0)::BIGINT AS octets_of_second,
            max(initial_rtt_ns) AS initial_rtt_ns, count(*) FILTER (verdict LIKE 'retransmission.%') AS sent_again,
            count(*) FILTER (verdict = 'retransmission.timeout') AS timeouts,
            count(*) FILTER (list_contains(string_split(wireshark, ', '), 'zero window')) AS zero_windows,
            count(*) FILTER (wireshark LIKE '%duplicate ACK%') AS duplicate_acks, count(*) FILTER (flags LIKE '%RST%') AS resets
        FROM tcp_events JOIN ends USING (stream) GROUP BY ALL ORDER BY stream;
        DROP TABLE ends
        """;

    private static readonly (string Table, (string Name, DuckType Type)[] Columns)[] Schema =
    [
        (Ends, [("stream", DuckType.BigInt), ("first_address", DuckType.Varchar), ("first_port", DuckType.BigInt), ("second_address", DuckType.Varchar), ("second_port", DuckType.BigInt)]),
        ("tcp_events", [
            ("packet", DuckType.BigInt), ("at", DuckType.TimestampNanoseconds), ("stream", DuckType.BigInt), ("is_from_first", DuckType.Boolean), ("seq", DuckType.BigInt), ("ack", DuckType.BigInt),
            ("len", DuckType.BigInt), ("flags", DuckType.Varchar), ("window", DuckType.BigInt), ("wireshark", DuckType.Varchar), ("verdict", DuckType.Varchar), ("loss_side", DuckType.Varchar),
            ("ack_rtt_ns", DuckType.BigInt), ("initial_rtt_ns", DuckType.BigInt), ("rto_ns", DuckType.BigInt), ("bytes_in_flight", DuckType.BigInt)]),
        ("dns", [
            ("packet", DuckType.BigInt), ("at", DuckType.TimestampNanoseconds), ("source", DuckType.Varchar), ("destination", DuckType.Varchar), ("id", DuckType.BigInt), ("is_response", DuckType.Boolean),
            ("name", DuckType.Varchar), ("type", DuckType.BigInt), ("rcode", DuckType.BigInt), ("time_ns", DuckType.BigInt), ("response_to", DuckType.BigInt), ("is_truncated", DuckType.Boolean)]),
        ("http", [
            ("packet", DuckType.BigInt), ("at", DuckType.TimestampNanoseconds), ("stream", DuckType.BigInt), ("is_response", DuckType.Boolean), ("method", DuckType.Varchar), ("uri", DuckType.Varchar),
            ("host", DuckType.Varchar), ("status", DuckType.BigInt), ("time_ns", DuckType.BigInt), ("request_packet", DuckType.BigInt)]),
        ("tls", [
            ("packet", DuckType.BigInt), ("at", DuckType.TimestampNanoseconds), ("stream", DuckType.BigInt), ("is_from_first", DuckType.Boolean), ("handshake_type", DuckType.BigInt),
            ("server_name", DuckType.Varchar), ("version", DuckType.BigInt), ("cipher_suite", DuckType.BigInt), ("alert_level", DuckType.BigInt), ("alert", DuckType.BigInt)]),
    ];

    private static readonly Field Ipv4Source = FieldCatalog.Default["ip.src"], Ipv4Destination = FieldCatalog.Default["ip.dst"];
    private static readonly Field Ipv6Source = FieldCatalog.Default["ipv6.src"], Ipv6Destination = FieldCatalog.Default["ipv6.dst"];

    // What a column takes, the first of its field in a packet.
    private static readonly (Field Field, int Column)[] Dns = Columns(2, ("dns.id", "id"), ("dns.flags.response", "is_response"), ("dns.qry.name", "name"), ("dns.qry.type", "type"), ("dns.flags.rcode", "rcode"), ("dns.time", "time_ns"), ("dns.response_to", "response_to"), ("dns.flags.truncated", "is_truncated"));
    private static readonly (Field Field, int Column)[] Http = Columns(3, ("http.response", "is_response"), ("http.request.method", "method"), ("http.request.uri", "uri"), ("http.host", "host"), ("http.response.code", "status"), ("http.time", "time_ns"), ("http.request_in", "request_packet"));
    private static readonly (Field Field, int Column)[] Tls = Columns(4, ("tls.handshake.type", "handshake_type"), ("tls.handshake.extensions_server_name", "server_name"), ("tls.handshake.version", "version"), ("tls.handshake.ciphersuite", "cipher_suite"), ("tls.alert_message.level", "alert_level"), ("tls.alert_message.desc", "alert"));

    private readonly DuckAppender[] _appenders;
    private readonly DuckDatabase _database;
    private readonly SegmentWatch _watch = new();
    private readonly PacketFields _fields = new(FieldCatalog.Default);
    private readonly Dissector _dissector;
    private readonly byte[][] _flagNames = [.. Enumerable.Range(0, 256).Select(flags => Encoding.ASCII.GetBytes(SegmentWords.Of((TcpFlags)flags)))];
    private readonly System.Buffers.ArrayBufferWriter<byte> _text = new();
    private long _packet;
    private int _streams;

    /// <summary>Makes the tables.</summary>
    /// <param name="database">Where.</param>
    /// <param name="preferences">How packets are analysed.</param>
    public CaptureTables(DuckDatabase database, DissectionPreferences preferences)
    {
        _database = database;
        _appenders = new DuckAppender[Schema.Length];
        for (int index = 0; index < Schema.Length; index++)
        {
            (string table, (string Name, DuckType Type)[] columns) = Schema[index];
            database.Execute($"CREATE TABLE {table} ({string.Join(", ", columns.Select(column => $"\"{column.Name}\" {(column.Type is DuckType.TimestampNanoseconds ? "TIMESTAMP_NS" : column.Type.ToString().ToUpperInvariant())}"))})");
            _appenders[index] = database.Append(table, [.. columns.Select(column => column.Type)]);
        }

        _fields.Want([Ipv4Source, Ipv4Destination, Ipv6Source, Ipv6Destination, .. Dns.Concat(Http).Concat(Tls).Select(one => one.Field)]);
        _dissector = new Dissector(_fields, _watch, preferences: preferences);
    }

    /// <summary>Names of the tables.</summary>
    public static IEnumerable<string> Names => Schema.Select(one => one.Table is Ends ? "flows" : one.Table);

    /// <summary>TCP conversations that were forgotten to bound memory: what came later counts as new ones.</summary>
    public long Evicted => _dissector.EvictedConversations;

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet.</param>
    public void Read(in PacketRecord packet)
    {
        DissectedPacket dissected = _dissector.Read(packet);
        _packet++;
        bool isTcp = _watch.TryTake(out StreamSegment segment);
        if (isTcp && segment.Analysis.Stream >= _streams)
            AddEnds(segment);
        isTcp &= segment.IsWhole;
        if (isTcp)
            AddSegment(segment);
        bool isDns = false, isHttp = false, isTls = false;
        foreach (FieldValue value in dissected.Values)
        {
            isDns |= value.FieldIndex == Dns[0].Field.Index;
            isHttp |= value.FieldIndex == Http[0].Field.Index || value.FieldIndex == Http[1].Field.Index;
            isTls |= value.FieldIndex == Tls[0].Field.Index || value.FieldIndex == Tls[4].Field.Index;
        }

        if (isDns)
            AddDns(packet, dissected);
        if (isHttp)
            AddMessage(3, Http, packet, dissected, isTcp, segment, isThird: false);
        if (isTls)
            AddMessage(4, Tls, packet, dissected, isTcp, segment, isThird: isTcp && segment.Analysis.IsForward);
    }

    /// <summary>Writes what is left: the tables are whole then.</summary>
    public void Complete()
    {
        foreach (DuckAppender appender in _appenders)
            appender.Complete();
        _database.Execute(Flows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DuckAppender appender in _appenders)
            appender.Dispose();
    }

    private void AddSegment(in StreamSegment segment)
    {
        TcpAnalysis analysis = segment.Analysis;
        DuckAppender row = _appenders[1];
        row.Set(0, segment.Packet);
        row.Set(1, segment.Nanoseconds);
        row.Set(2, analysis.Stream);
        row.Set(3, analysis.IsForward);
        row.Set(4, segment.Sequence);
        if (segment.Flags.HasFlag(TcpFlags.Ack))
            row.Set(5, segment.Acknowledgment);
        row.Set(6, segment.Length);
        row.Set(7, _flagNames[(int)segment.Flags & 0xff]);
        row.Set(8, segment.Window);
        if (analysis.Flags != 0)
            row.Set(9, Encoding.ASCII.GetBytes(string.Join(", ", SegmentWords.OfWireshark(analysis))));
        if (SegmentWords.NameOf(analysis.Verdict) is { } verdict)
            row.Set(10, Encoding.ASCII.GetBytes(verdict));
        if (SegmentWords.NameOf(analysis.LossSide) is { } side)
            row.Set(11, Encoding.ASCII.GetBytes(side));
        if (analysis.AckRtt > 0)
            row.Set(12, analysis.AckRtt);
        if (analysis.InitialRtt > 0)
            row.Set(13, analysis.InitialRtt);
        if (analysis.Rto > 0)
            row.Set(14, analysis.Rto);
        if (analysis.BytesInFlight > 0)
            row.Set(15, analysis.BytesInFlight);
        row.EndRow();
    }

    private void AddEnds(in StreamSegment segment)
    {
        bool isForward = segment.Analysis.IsForward;
        (TcpEndpoint first, TcpEndpoint second) = isForward ? (segment.Source, segment.Destination) : (segment.Destination, segment.Source);
        DuckAppender row = _appenders[0];
        row.Set(0, segment.Analysis.Stream);
        row.Set(1, Encoding.ASCII.GetBytes(first.AddressText));
        row.Set(2, first.Port);
        row.Set(3, Encoding.ASCII.GetBytes(second.AddressText));
        row.Set(4, second.Port);
        row.EndRow();
        _streams = segment.Analysis.Stream + 1;
    }

    private void AddDns(in PacketRecord packet, in DissectedPacket dissected)
    {
        DuckAppender row = _appenders[2];
        row.Set(0, _packet);
        row.Set(1, packet.Nanoseconds);
        foreach (FieldValue value in dissected.Values)
        {
            if (value.FieldIndex == Ipv4Source.Index || value.FieldIndex == Ipv6Source.Index)
                row.Set(2, TextOf(value, dissected));
            else if (value.FieldIndex == Ipv4Destination.Index || value.FieldIndex == Ipv6Destination.Index)
                row.Set(3, TextOf(value, dissected));
        }

        SetFirst(row, Dns, dissected);
        row.EndRow();
    }

    private void AddMessage(int table, (Field Field, int Column)[] columns, in PacketRecord packet, in DissectedPacket dissected, bool isTcp, in StreamSegment segment, bool isThird)
    {
        DuckAppender row = _appenders[table];
        row.Set(0, _packet);
        row.Set(1, packet.Nanoseconds);
        if (isTcp)
            row.Set(2, segment.Analysis.Stream);
        row.Set(3, isThird);
        SetFirst(row, columns, dissected);
        row.EndRow();
    }

    private static void SetFirst(DuckAppender row, (Field Field, int Column)[] columns, in DissectedPacket dissected)
    {
        foreach ((Field field, int column) in columns)
        {
            foreach (FieldValue value in dissected.Values)
            {
                if (value.FieldIndex != field.Index)
                    continue;
                if (field.Kind is FieldKind.Text)
                    row.Set(column, dissected.OctetsOf(value));
                else if (field.Kind is FieldKind.Boolean)
                    row.Set(column, value.Number != 0);
                else
                    row.Set(column, value.Signed);
                break;
            }
        }
    }

    private ReadOnlySpan<byte> TextOf(in FieldValue value, in DissectedPacket dissected)
    {
        _text.ResetWrittenCount();
        FieldText.Write(_text, FieldCatalog.Default.All[value.FieldIndex], value, dissected.OctetsOf(value));
        return _text.WrittenSpan;
    }

    private static (Field Field, int Column)[] Columns(int table, params (string Field, string Column)[] pairs)
    {
        (string _, (string Name, DuckType Type)[] columns) = Schema[table];
        return [.. pairs.Select(pair => (FieldCatalog.Default[pair.Field], Array.FindIndex(columns, column => column.Name == pair.Column)))];
    }
}
