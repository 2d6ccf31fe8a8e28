using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts requests and responses of HTTP by method and status.</summary>
internal sealed class HttpTree : ITreeSource
{
    private static readonly string[] Classes = ["???: broken", "1xx: Informational", "2xx: Success", "3xx: Redirection", "4xx: Client Error", "5xx: Server Error"];

    private readonly Field _http = FieldCatalog.Default["http"], _method = FieldCatalog.Default["http.request.method"], _code = FieldCatalog.Default["http.response.code"];
    private StatisticsNode _all = null!;

    /// <inheritdoc/>
    public void Plant(StatisticsNode root)
    {
        _all = root.Of("Total HTTP Packets");
        _all.Of("HTTP Request Packets");
        StatisticsNode responses = _all.Of("HTTP Response Packets");
        foreach (string name in Classes)
            responses.Of(name);
        _all.Of("Other HTTP Packets");
    }

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        fields.Want(_http);
        fields.Want(_method);
        fields.Want(_code);
    }

    /// <inheritdoc/>
    public bool Count(in ShownPacket packet, double now)
    {
        bool isHttp = false;
        bool isCounted = true;
        foreach (ref readonly FieldValue value in packet.Fields.Values)
        {
            if (value.FieldIndex == _http.Index)
            {
                if (!isCounted)
                    CountIn("Other HTTP Packets", now);
                isHttp = true;
                isCounted = false;
            }
            else if (value.FieldIndex == _method.Index)
            {
                isCounted = true;
                CountIn("HTTP Request Packets", now).Of(Encoding.Latin1.GetString(packet.Fields.OctetsOf(value))).Tick(now);
            }
            else if (value.FieldIndex == _code.Index)
            {
                isCounted = true;
                CountResponse((int)value.Number, now);
            }
        }

        if (!isCounted)
            CountIn("Other HTTP Packets", now);
        return isHttp;
    }

    private StatisticsNode CountIn(string name, double now)
    {
        _all.Tick(now);
        StatisticsNode node = _all.Of(name);
        node.Tick(now);
        return node;
    }

    private void CountResponse(int code, double now)
    {
        StatisticsNode kind = CountIn("HTTP Response Packets", now).Of(Classes[code is >= 100 and < 600 ? code / 100 : 0]);
        kind.Tick(now);
        kind.Of(string.Create(CultureInfo.InvariantCulture, $"{code} {HttpStatus.PhraseOf(code) ?? $"Unknown ({code})"}")).Tick(now);
    }
}

/// <summary>Counts what is asked by HTTP, by host.</summary>
internal sealed class HttpRequestTree : ITreeSource
{
    private readonly Field _http = FieldCatalog.Default["http"], _method = FieldCatalog.Default["http.request.method"], _host = FieldCatalog.Default["http.host"], _uri = FieldCatalog.Default["http.request.uri"];
    private StatisticsNode _all = null!;

    /// <inheritdoc/>
    public void Plant(StatisticsNode root) => _all = root.Of("HTTP Requests by HTTP Host");

    /// <inheritdoc/>
    public void Want(PacketFields fields) => fields.Want([_http, _method, _host, _uri]);

    /// <inheritdoc/>
    public bool Count(in ShownPacket packet, double now)
    {
        bool isThere = false; // responses count as time that passed
        bool isRequest = false;
        string? host = null;
        string? uri = null;
        foreach (ref readonly FieldValue value in packet.Fields.Values)
        {
            if (value.FieldIndex == _http.Index)
            {
                CountRequest(isRequest, host, uri, now);
                isThere = true;
                (isRequest, host, uri) = (false, null, null);
            }
            else if (value.FieldIndex == _method.Index)
            {
                isRequest = true;
            }
            else if (value.FieldIndex == _host.Index)
            {
                host ??= Encoding.Latin1.GetString(packet.Fields.OctetsOf(value));
            }
            else if (value.FieldIndex == _uri.Index)
            {
                uri ??= Encoding.Latin1.GetString(packet.Fields.OctetsOf(value));
            }
        }

        CountRequest(isRequest, host, uri, now);
        return isThere;
    }

    private void CountRequest(bool isRequest, string? host, string? uri, double now)
    {
        if (!isRequest)
            return;
        _all.Tick(now);
        if (host is null)
            return;
        StatisticsNode node = _all.Of(host);
        node.Tick(now);
        if (uri is not null)
            node.Of(uri).Tick(now);
    }
}

/// <summary>Counts messages of DNS by type, code and size.</summary>
internal sealed class DnsTree : ITreeSource
{
    private const int PrefixLength = 2; // before a message on a stream

    private static readonly string[] Levels = ["4th Level or more", "1st Level", "2nd Level", "3rd Level"];

    private readonly Field _dns = FieldCatalog.Default["dns"], _opcode = FieldCatalog.Default["dns.flags.opcode"], _response = FieldCatalog.Default["dns.flags.response"], _rcode = FieldCatalog.Default["dns.flags.rcode"];
    private readonly Field _type = FieldCatalog.Default["dns.qry.type"], _class = FieldCatalog.Default["dns.qry.class"], _nameLength = FieldCatalog.Default["dns.qry.name.len"], _labels = FieldCatalog.Default["dns.count.labels"];
    private readonly Field _questions = FieldCatalog.Default["dns.count.queries"], _answers = FieldCatalog.Default["dns.count.answers"], _authorities = FieldCatalog.Default["dns.count.auth_rr"], _additionals = FieldCatalog.Default["dns.count.add_rr"];
    private readonly Field _time = FieldCatalog.Default["dns.time"], _prefix = FieldCatalog.Default["dns.length"], _repeated = FieldCatalog.Default["dns.retransmission"];
    private StatisticsNode _root = null!;

    /// <inheritdoc/>
    public void Plant(StatisticsNode root)
    {
        _root = root;
        foreach (string name in (string[])["rcode", "opcodes", "Query/Response", "Query Type", "Class"])
            root.Of("Total Packets").Of(name);
        root.Of("Payload size");
        root.Of("Query Stats").Of("Qname Len");
        foreach (string level in Levels)
            root.Of("Query Stats").Of("Label Stats").Of(level);
        foreach (string name in (string[])["no. of questions", "no. of authorities", "no. of answers", "no. of additionals"])
            root.Of("Response Stats").Of(name);
        foreach (string name in (string[])["request-response time (msec)", "no. of unsolicited responses", "no. of retransmissions"])
            root.Of("Service Stats").Of(name);
    }

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        fields.Want([_dns, _opcode, _response, _rcode, _type, _class, _nameLength, _labels, _questions, _answers, _authorities, _additionals, _time, _repeated, _prefix]);
        OwnValues.Want(fields);
    }

    /// <inheritdoc/>
    public bool Count(in ShownPacket packet, double now)
    {
        bool isThere = false;
        ReadOnlySpan<FieldValue> values = OwnValues.Of(packet.Fields);
        for (int index = 0; index < values.Length; index++)
        {
            if (values[index].FieldIndex != _dns.Index)
                continue;
            int end = index + 1;
            while (end < values.Length && values[end].FieldIndex != _dns.Index)
                end++;
            bool isOnStream = index + 1 < end && values[index + 1].FieldIndex == _prefix.Index;
            CountMessage(values[index..end], isOnStream ? PrefixLength : 0, now);
            isThere = true;
        }

        return isThere;
    }

    private static ulong? First(ReadOnlySpan<FieldValue> values, Field field)
    {
        foreach (ref readonly FieldValue value in values)
        {
            if (value.FieldIndex == field.Index)
                return value.Number;
        }

        return null;
    }

    private void CountMessage(ReadOnlySpan<FieldValue> values, int prefix, double now)
    {
        bool isResponse = First(values, _response) == 1;
        StatisticsNode total = _root.Of("Total Packets");
        total.Tick(now);
        Pivot(total.Of("Query/Response"), isResponse ? "Response" : "Query", now);
        Pivot(total.Of("Query Type"), NameOf(_type, First(values, _type) ?? 0), now);
        Pivot(total.Of("Class"), NameOf(_class, First(values, _class) ?? 0), now);
        Pivot(total.Of("opcodes"), NameOf(_opcode, First(values, _opcode) ?? 0), now);
        Pivot(total.Of("rcode"), NameOf(_rcode, First(values, _rcode) ?? 0), now);
        _root.Of("Payload size").Add(values[0].Length + prefix, now);
        if (!isResponse)
        {
            if (First(values, _nameLength) is { } length)
                _root.Of("Query Stats").Of("Qname Len").Add(length, now);
            if (First(values, _labels) is { } labels)
                _root.Of("Query Stats").Of("Label Stats").Of(Levels[labels is >= 1 and <= 3 ? (int)labels : 0]).Tick(now);
            return;
        }

        bool isAnswer = First(values, _time) is not null;
        foreach ((string name, Field field) in new[] { ("no. of questions", _questions), ("no. of answers", _answers), ("no. of authorities", _authorities), ("no. of additionals", _additionals) })
        {
            _root.Of("Response Stats").Of(name).Add(First(values, field) ?? 0, now);
            if (isAnswer) // Wireshark counts those twice
                _root.Of("Response Stats").Of(name).Add(First(values, field) ?? 0, now);
        }

        StatisticsNode service = _root.Of("Service Stats");
        if (First(values, _time) is { } time)
            service.Of("request-response time (msec)").Add((float)(time / 1e6), now, isFraction: true);
        else
            service.Of(First(values, _repeated) is null ? "no. of unsolicited responses" : "no. of retransmissions").Tick(now);
    }

    private static void Pivot(StatisticsNode node, string name, double now)
    {
        node.Tick(now);
        node.Of(name).Tick(now);
    }

    private static string NameOf(Field field, ulong number) =>
        field.ValueNames?.GetValueOrDefault(number) ?? string.Create(CultureInfo.InvariantCulture, $"Unknown ({number})");
}
