using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;
using NetWhy.Wire;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Flows;

/// <summary>Name servers, and what they were asked. How many servers and open queries are kept is bounded.</summary>
internal sealed class NameServerTable
{
    private const int MostServers = 4096;
    private const int MostOpen = 1 << 15; // tries
    private const int MostWorst = 16;
    private const int MostEarly = 1024;
    private const long Early = 5_000_000; // nanoseconds that an answer's time may be before its query's: cards have several queues, and machines several clocks
    private const int OftenEnough = 3; // sent, over a second: the answers to the first two are not to come any more
    private const long Slow = 500_000_000; // nanoseconds
    private const long Patience = 5_000_000_000; // nanoseconds that an answer may take; resolvers ask again after as long (resolv.conf(5))
    private const long ShortPatience = 1_000_000_000; // which is overdue where it was asked for again meanwhile, or its server answers others sooner
    private const long CopyWithin = 20_000_000; // nobody asks again that soon: a mirror shows it twice
    private const long RetryAfter = 100_000_000; // what comes sooner from another port is a program of its own
    private const long RetryWithin = 6_000_000_000; // after the try before
    private const long RetryFor = 15_000_000_000; // three tries of five seconds: what asks on after that asks anew
    private const int MostTries = 16; // whose answers are still taken

    private readonly Lock _lock = new(); // messages over TCP come from those who follow TCP
    private readonly Dictionary<TcpEndpoint, Server> _servers = [];
    private readonly Dictionary<QueryKey, Query> _open = []; // by each of its tries
    private readonly Dictionary<(AddressNumber Client, TcpEndpoint Server, string Name, DnsRecordType Type), Query> _byQuestion = []; // the latest of them
    private readonly Dictionary<(TcpEndpoint Client, TcpEndpoint Server, ushort Id), Query> _byId = []; // the latest of them
    private readonly Queue<(QueryKey Key, Query Query)> _order = new();
    private readonly Dictionary<QueryKey, EarlyAnswer> _early = []; // which stand before their queries, if these come
    private readonly Queue<(QueryKey Key, EarlyAnswer Answer)> _earlyOrder = new();

    private readonly record struct QueryKey(TcpEndpoint Client, TcpEndpoint Server, ushort Id, string Name, DnsRecordType Type);

    private sealed record EarlyAnswer(DnsHeader Header, uint Packet, long Time, bool IsUnasked);

    private readonly record struct Try(QueryKey Key, uint Packet, long Time);

    private sealed class Query
    {
        internal required uint Packet { get; set; } // of the first try, or of the one that was answered

        internal required long Time { get; init; } // of the first try

        internal required QueryKey Key { get; init; } // of the first try

        internal List<Try>? Retries { get; set; } // from other ports, or with other ids

        internal long LastTime { get; set; }

        internal required string Name { get; init; } // as it was spelt

        internal int Sent { get; set; } = 1;

        internal uint AnswerPacket { get; set; }

        internal long ResponseTime { get; set; }

        internal long LastResponseTime { get; set; }

        internal DnsResponseCode Code { get; set; }

        internal Try FirstTry => new(Key, Packet, Time);

        // Failed and unanswered ones first, then the slowest: equal ones as they were asked.
        internal int Badness => AnswerPacket == 0 ? 3 : Code is not (DnsResponseCode.NoError or DnsResponseCode.NameNotFound) ? 2 : Sent > 1 ? 1 : 0;
    }

    private sealed class Server
    {
        internal long Queries { get; set; }

        internal long Answered { get; set; }

        internal long Repeated { get; set; }

        internal long Unasked { get; set; } // answers

        internal long Slow { get; set; }

        internal long Truncated { get; set; }

        internal Dictionary<DnsResponseCode, long> Codes { get; } = [];

        internal TimeSketch Times;
        internal uint[]? TimeCounts; // of them

        internal List<Query> Worst { get; } = [];
    }

    /// <summary>Reads a message.</summary>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="length">How many octets it had on the wire.</param>
    /// <param name="source">Who sent it.</param>
    /// <param name="destination">Whom to.</param>
    /// <param name="frame">Its packet.</param>
    /// <param name="nanoseconds">When it passed.</param>
    internal void Read(ReadOnlySpan<byte> octets, int length, in TcpEndpoint source, in TcpEndpoint destination, uint frame, long nanoseconds)
    {
        const int StandardQuery = 0;
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done || message.Header.Opcode != StandardQuery)
            return;
        string name = "";
        DnsRecordType type = DnsRecordType.None;
        OperationStatus status = message.ReadQuestion(out DnsQuestion question);
        if (status is OperationStatus.Done)
        {
            name = question.Name.ToString();
            type = question.Type;
        }
        else if (message.Header.Questions > 0 ? status is not OperationStatus.NeedMoreData || octets.Length >= length : !message.Header.IsResponse)
        {
            return; // no server owes an answer to what is broken; of one that was cut, the header tells which query it is, and the response code
        }

        string folded = name.ToLowerInvariant(); // resolvers mix cases, and not every server gives them back (RFC 4343)
        lock (_lock)
        {
            if (message.Header.IsResponse)
                Answer(new QueryKey(destination, source, message.Header.Id, folded, type), message.Header, frame, nanoseconds);
            else
                Ask(new QueryKey(source, destination, message.Header.Id, folded, type), name, frame, nanoseconds);
        }
    }

    /// <summary>Whether one of the servers has not answered anything.</summary>
    internal bool HasSilent
    {
        get
        {
            lock (_lock)
                return _servers.Values.Any(server => server is { Queries: > 0, Answered: 0 });
        }
    }

    /// <summary>The servers, those that were asked most first.</summary>
    /// <param name="end">When the capture's last packet passed.</param>
    /// <param name="pairs">Between whom packets go in the capture.</param>
    internal IReadOnlyList<CapturedNameServer> All(long end, TrafficPairs pairs)
    {
        lock (_lock)
        {
            ILookup<TcpEndpoint, Query> open = _open.Values.Distinct().ToLookup(query => query.Key.Server);
            return
            [
                .. _servers.Where(server => server.Value.Queries + server.Value.Unasked > 0).OrderByDescending(server => server.Value.Queries).ThenBy(server => server.Key)
                    .Select(server => Of(server.Key, server.Value, open[server.Key], end, pairs)),
            ];
        }
    }

    private static CapturedNameServer Of(in TcpEndpoint end, Server server, IEnumerable<Query> open, long captureEnd, TrafficPairs pairs)
    {
        List<Query> worst = [.. server.Worst];
        long mayCome = 0, overdue = 0;
        foreach (Query query in open)
        {
            // What one that has not answered anything owes for that long, it owes also if it was asked again a moment ago.
            long waited = captureEnd - query.Time, waitedLast = captureEnd - (server.Answered == 0 ? query.Time : query.LastTime);
            if (waitedLast >= Patience || (query.Sent >= OftenEnough && waited >= ShortPatience))
            {
                Keep(worst, query);
                continue;
            }

            mayCome++;
            if (waited < ShortPatience || (query.Sent == 1 && server.Answered <= server.Slow))
                continue;
            overdue++;
            Keep(worst, query);
        }

        return new CapturedNameServer(EndText.Of(end), server.Queries, server.Answered)
        {
            Repeated = server.Repeated,
            Unasked = server.Unasked,
            Open = mayCome,
            Overdue = overdue,
            AreAskersReached = server.Answered == 0 && worst.Concat(open).Any(query => pairs.Reaches(query.Key.Client.Address)),
            ByCode = server.Codes.Where(code => code.Value > 0).OrderBy(code => code.Key).ToDictionary(code => code.Key.Mnemonic, code => code.Value),
            Slow = server.Slow,
            Truncated = server.Truncated,
            ResponseTimes = server.Times.ToTimes(server.TimeCounts),
            Worst = [.. worst.Select(query => new CapturedQuery(query.Packet, EndText.AddressOf(query.Key.Client), query.Name, TypeNameOf(query.Key.Type))
            {
                Sent = query.Sent,
                AnswerPacket = query.AnswerPacket,
                Code = query.AnswerPacket == 0 ? null : query.Code.Mnemonic,
                ResponseTime = query.AnswerPacket == 0 ? null : CaptureTime.Span(query.ResponseTime),
                LastResponseTime = query.AnswerPacket == 0 ? null : CaptureTime.Span(query.LastResponseTime),
            })],
        };
    }

    private void Ask(in QueryKey key, string name, uint frame, long now)
    {
        if (ServerOf(key.Server) is not { } server)
            return;
        MakeRoom();
        if (_open.TryGetValue(key, out Query? before) && now - before.LastTime <= CopyWithin)
            return;
        if (before is not null && now - before.Time <= Patience * 12)
        {
            AskAgain(before, server, now);
            return;
        }

        // Many resolvers take a new port or id for each try (RFC 5452).
        (AddressNumber, TcpEndpoint, string, DnsRecordType) question = QuestionOf(key);
        if (before is null && key.Name.Length > 0 && _byQuestion.TryGetValue(question, out Query? earlier)
            && now - earlier.LastTime is >= RetryAfter and <= RetryWithin && now - earlier.Time <= RetryFor)
        {
            AskAgain(earlier, server, now);
            AddTry(earlier, new Try(key with { Name = earlier.Key.Name }, frame, now));
            return;
        }

        if (before is not null)
            GiveUp(before);
        var asked = new Query { Packet = frame, Time = now, LastTime = now, Key = key, Name = name };
        server.Queries++;
        Wait(asked, key);
        _byQuestion[question] = asked;
        TakeEarly(asked, server);
    }

    private void MakeRoom()
    {
        while (_order.Count >= MostOpen)
        {
            (QueryKey oldest, Query query) = _order.Dequeue();
            if (_open.GetValueOrDefault(oldest) == query)
                GiveUp(query);
        }
    }

    private void Wait(Query query, in QueryKey key)
    {
        _open[key] = query;
        _byId[(key.Client, key.Server, key.Id)] = query;
        _order.Enqueue((key, query));
    }

    private void TakeEarly(Query query, Server server)
    {
        if (!_early.TryGetValue(query.Key, out EarlyAnswer? answer) || answer.Time - query.Time is < -Early or > Patience)
            return;
        _early.Remove(query.Key);
        if (answer.IsUnasked)
        {
            server.Unasked--;
            server.Codes[answer.Header.ResponseCode]--;
        }

        Answer(query, query.Key, server, answer.Header, answer.Packet, Math.Max(answer.Time, query.Time));
    }

    private static void AskAgain(Query query, Server server, long now)
    {
        query.Sent++;
        query.LastTime = now;
        server.Repeated++;
    }

    private void AddTry(Query query, in Try added)
    {
        query.Retries ??= [];
        if (query.Retries.Count == MostTries)
        {
            Forget(query, query.Retries[0].Key);
            query.Retries.RemoveAt(0);
        }

        query.Retries.Add(added);
        Wait(query, added.Key);
    }

    private static (AddressNumber Client, TcpEndpoint Server, string Name, DnsRecordType Type) QuestionOf(in QueryKey key) => (key.Client.Address, key.Server, key.Name, key.Type);

    private void GiveUp(Query query)
    {
        Remove(query);
        if (ServerOf(query.Key.Server) is { } server)
            Keep(server.Worst, query);
    }

    private void Answer(QueryKey key, in DnsHeader header, uint frame, long now)
    {
        Query? query = _open.GetValueOrDefault(key) ?? (key.Name.Length > 0 ? null : FindUnnamed(key));
        if (query is null)
        {
            TakeUnasked(key, header, frame, now);
            return;
        }

        if (ServerOf(query.Key.Server) is { } server)
            Answer(query, key, server, header, frame, now);
        else
            Remove(query);
    }

    private void Answer(Query query, QueryKey key, Server server, in DnsHeader header, uint frame, long now)
    {
        Remove(query);
        Try answered = query.FirstTry;
        if (query.Retries is { } retries)
        {
            Try[] tries = [answered, .. retries];
            answered = Array.Find(tries, one => one.Key.Client == key.Client && one.Key.Id == key.Id);
            // One that an answer to a later try overtook is still owed: on the wire it was a query of its own.
            foreach (Try before in tries.Where(one => one.Time < answered.Time && now - one.Time >= ShortPatience))
            {
                MakeRoom();
                server.Queries++;
                Wait(new Query { Packet = before.Packet, Time = before.Time, LastTime = before.Time, Key = before.Key, Name = query.Name }, before.Key);
            }
        }

        server.Answered++;
        server.Codes[header.ResponseCode] = server.Codes.GetValueOrDefault(header.ResponseCode) + 1;
        server.Truncated += (header.Flags & DnsFlags.Truncated) != 0 ? 1 : 0;
        query.Packet = answered.Packet;
        query.AnswerPacket = frame;
        query.ResponseTime = now - answered.Time;
        query.LastResponseTime = query.Retries is null ? now - query.LastTime : query.ResponseTime;
        query.Retries = null;
        query.Code = header.ResponseCode;
        server.Slow += query.ResponseTime >= Slow ? 1 : 0;
        server.Times.Add(query.ResponseTime, ref server.TimeCounts);
        Keep(server.Worst, query);
    }

    // Where queries pass elsewhere, answers still tell what they are. Once one fitted its query, another is a second one, or one
    // to a query before the capture.
    private void TakeUnasked(in QueryKey key, in DnsHeader header, uint frame, long now)
    {
        if (ServerOf(key.Server) is not { } server)
            return;
        bool isUnasked = server.Answered == 0;
        if (isUnasked)
        {
            server.Unasked++;
            server.Codes[header.ResponseCode] = server.Codes.GetValueOrDefault(header.ResponseCode) + 1;
        }

        if (_earlyOrder.Count >= MostEarly && _earlyOrder.Dequeue() is var (oldest, dropped) && _early.GetValueOrDefault(oldest) == dropped)
            _early.Remove(oldest);
        var answer = new EarlyAnswer(header, frame, now, isUnasked);
        _early[key] = answer;
        _earlyOrder.Enqueue((key, answer));
    }

    // A failure may come without the question, and a capture may cut it off.
    private Query? FindUnnamed(QueryKey key) => _byId.GetValueOrDefault((key.Client, key.Server, key.Id));

    private void Remove(Query query)
    {
        Forget(query, query.Key);
        foreach (Try retry in query.Retries ?? [])
            Forget(query, retry.Key);
        (AddressNumber, TcpEndpoint, string, DnsRecordType) question = QuestionOf(query.Key);
        if (_byQuestion.GetValueOrDefault(question) == query)
            _byQuestion.Remove(question);
    }

    private void Forget(Query query, in QueryKey key)
    {
        if (_open.GetValueOrDefault(key) == query)
            _open.Remove(key);
        (TcpEndpoint, TcpEndpoint, ushort) id = (key.Client, key.Server, key.Id);
        if (_byId.GetValueOrDefault(id) == query)
            _byId.Remove(id);
    }

    private Server? ServerOf(in TcpEndpoint end)
    {
        if (_servers.TryGetValue(end, out Server? server))
            return server;
        if (_servers.Count >= MostServers)
            return null;
        server = new Server();
        _servers.Add(end, server);
        return server;
    }

    private static void Keep(List<Query> worst, Query query)
    {
        if (worst.Count == MostWorst && !IsWorse(query, worst[^1]))
            return;
        int place = worst.FindIndex(other => IsWorse(query, other));
        worst.Insert(place < 0 ? worst.Count : place, query);
        if (worst.Count > MostWorst)
            worst.RemoveAt(MostWorst);
    }

    private static bool IsWorse(Query query, Query other) =>
        query.Badness != other.Badness ? query.Badness > other.Badness
        : query.ResponseTime != other.ResponseTime ? query.ResponseTime > other.ResponseTime
        : query.Packet < other.Packet;

    private static string TypeNameOf(DnsRecordType type) =>
        ValueNames.DnsType.TryGetValue((ulong)type, out string? name) ? name.Split(' ')[0] : string.Create(CultureInfo.InvariantCulture, $"TYPE{(int)type}");
}
