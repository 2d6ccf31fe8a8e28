using System.Buffers;
using System.Globalization;
using System.Net;
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
    private const int MostAnswered = 1024; // whose second answers are looked at
    private const long OneDatagram = 100_000_000; // nanoseconds within which its fragments come
    private const int LongestAnswer = 1232; // octets of an answer that are kept meanwhile

    private readonly Lock _lock = new(); // messages over TCP come from those who follow TCP
    private readonly Dictionary<TcpEndpoint, Server> _servers = [];
    private readonly Dictionary<QueryKey, Query> _open = []; // by each of its tries
    private readonly Dictionary<(AddressNumber Client, TcpEndpoint Server, string Name, DnsRecordType Type), Query> _byQuestion = []; // the latest of them
    private readonly Dictionary<(TcpEndpoint Client, TcpEndpoint Server, ushort Id), Query> _byId = []; // the latest of them
    private readonly Queue<(QueryKey Key, Query Query)> _order = new();
    private readonly Dictionary<QueryKey, EarlyAnswer> _early = []; // which stand before their queries, if these come
    private readonly Queue<(QueryKey Key, EarlyAnswer Answer)> _earlyOrder = new();
    private readonly Dictionary<(AddressNumber Client, string Name, DnsRecordType Type), Query> _byAsker = []; // the latest of them, whichever server it went to
    private readonly Dictionary<QueryKey, GivenAnswer> _answered = []; // which another answer may follow
    private readonly Queue<(QueryKey Key, GivenAnswer Answer)> _answeredOrder = new();

    private readonly record struct QueryKey(TcpEndpoint Client, TcpEndpoint Server, ushort Id, string Name, DnsRecordType Type);

    private sealed record EarlyAnswer(DnsHeader Header, byte[] Octets, uint Packet, long Time, bool IsUnasked);

    private sealed record GivenAnswer(Query Query, Server Server, byte[] Octets, long Time);

    private readonly record struct Try(QueryKey Key, uint Packet, long Time, bool HasEdns);

    private sealed class Query
    {
        internal required uint Packet { get; set; } // of the first try, or of the one that was answered

        internal required long Time { get; init; } // of the first try

        internal required QueryKey Key { get; init; } // of the first try

        internal List<Try>? Retries { get; set; } // from other ports, or with other ids

        internal long LastTime { get; set; }

        internal required string Name { get; init; } // as it was spelt

        internal required bool HasEdns { get; set; } // of the first try, or of the one that was answered

        internal Query? Predecessor { get; set; } // whose successor it is
        internal Query? Successor { get; set; } // what was asked of another server when this one had not answered

        internal uint OtherAnswerPacket { get; set; } // which says something else

        internal uint MalformedPacket { get; set; }

        internal uint PartPacket { get; set; } // the first fragment of an answer that has not come whole, the latest

        internal long PartTime { get; set; }

        internal int Sent { get; set; } = 1;

        internal uint AnswerPacket { get; set; }

        internal long ResponseTime { get; set; }

        internal long LastResponseTime { get; set; }

        internal DnsResponseCode Code { get; set; }

        internal Try FirstTry => new(Key, Packet, Time, HasEdns);

        // Failed and unanswered ones first, then the slowest: equal ones as they were asked.
        internal int Badness => AnswerPacket == 0 || OtherAnswerPacket != 0 ? 3 : Code is not (DnsResponseCode.NoError or DnsResponseCode.NameNotFound) ? 2 : Sent > 1 ? 1 : 0;
    }

    private sealed class Server
    {
        internal long Queries { get; set; }

        internal long Answered { get; set; }

        internal long Repeated { get; set; }

        internal long Unasked { get; set; } // answers

        internal long Slow { get; set; }

        internal long Truncated { get; set; }

        internal long Malformed { get; set; }

        internal long Contradicted { get; set; }

        internal long EdnsAnswered { get; set; }

        internal long EdnsRefused { get; set; }

        internal long EdnsUnanswered { get; set; } // tries that were, and the same without EDNS was not

        internal long EdnsSends { get; set; } // of these

        internal long PlainAnswered { get; set; }

        internal Dictionary<DnsRecordType, long> Types { get; } = []; // of answers

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
        else if (message.Header.IsResponse && octets.Length >= length && message.Header.Questions > 0)
        {
            lock (_lock)
                Spoil(FindUnnamed(destination, source, message.Header.Id), frame);
            return;
        }
        else if (message.Header.Questions > 0 ? status is not OperationStatus.NeedMoreData || octets.Length >= length : !message.Header.IsResponse)
        {
            return; // no server owes an answer to what is broken; of one that was cut, the header tells which query it is, and the response code
        }

        string folded = name.ToLowerInvariant(); // resolvers mix cases, and not every server gives them back (RFC 4343)
        lock (_lock)
        {
            if (message.Header.IsResponse)
                Answer(new QueryKey(destination, source, message.Header.Id, folded, type), message.Header, octets, length, frame, nanoseconds);
            else
                Ask(new QueryKey(source, destination, message.Header.Id, folded, type), name, HasEdns(message), frame, nanoseconds);
        }
    }

    /// <summary>Learns that an answer has begun to come, of which other fragments are missing so far.</summary>
    /// <param name="octets">Its first fragment, from the DNS header on.</param>
    /// <param name="source">Who sent it.</param>
    /// <param name="destination">Whom to.</param>
    /// <param name="frame">Its packet.</param>
    /// <param name="nanoseconds">When it passed.</param>
    internal void ReadBeginning(ReadOnlySpan<byte> octets, in TcpEndpoint source, in TcpEndpoint destination, uint frame, long nanoseconds)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done || !message.Header.IsResponse)
            return;
        lock (_lock)
        {
            if (FindUnnamed(destination, source, message.Header.Id) is { } query)
                (query.PartPacket, query.PartTime) = (frame, nanoseconds);
        }
    }

    // Source: RFC 6891, section 6.1.1.
    private static bool HasEdns(DnsMessage query)
    {
        DnsRecordReader records = query.ReadRecords();
        while (query.Header.Additionals > 0 && records.Read() is OperationStatus.Done)
        {
            if (records.Current.Type == DnsRecordType.OPT)
                return true;
        }

        return false;
    }

    // Whether what answers, captured in full, ends before it should, or has no form. What a server says of a query that it does
    // not understand may have the counts of that, and none of its records.
    private static bool IsBroken(DnsMessage answer)
    {
        DnsRecordReader records = answer.ReadRecords();
        bool isWhole = answer.Header.ResponseCode is DnsResponseCode.NoError && (answer.Header.Flags & DnsFlags.Truncated) == 0;
        for (int left = isWhole ? answer.Header.Answers : 0; left > 0; left--)
        {
            if (records.Read() is not OperationStatus.Done)
                return true;
        }

        return false;
    }

    // Whoever asked takes no notice of it, and waits on.
    private void Spoil(Query? query, uint frame)
    {
        if (query is null || ServerOf(query.Key.Server) is not { } server)
            return;
        server.Malformed++;
        query.MalformedPacket = query.MalformedPacket == 0 ? frame : query.MalformedPacket;
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
        long mayCome = 0, overdue = 0, replaced = 0;
        foreach (Query query in open)
        {
            // What one that has not answered anything owes for that long, it owes also if it was asked again a moment ago.
            long waited = captureEnd - query.Time, waitedLast = captureEnd - (server.Answered == 0 ? query.Time : query.LastTime);
            // Whoever has an answer of another server does not listen for this one any more.
            bool isReplaced = query.Successor is { AnswerPacket: > 0 } && waited >= ShortPatience;
            replaced += isReplaced ? 1 : 0;
            if (isReplaced || waitedLast >= Patience || (query.Sent >= OftenEnough && waited >= ShortPatience))
            {
                Keep(worst, query);
                continue;
            }

            mayCome++;
            if (query.MalformedPacket != 0)
                Keep(worst, query);
            if (waited < ShortPatience || query.MalformedPacket != 0 || (query.Sent == 1 && server.Answered <= server.Slow))
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
            Malformed = server.Malformed,
            Contradicted = server.Contradicted,
            Replaced = replaced,
            Edns = new CapturedEdns(server.EdnsAnswered, server.EdnsRefused, server.EdnsUnanswered, server.EdnsSends, server.PlainAnswered),
            AnsweredByType = server.Types.OrderBy(type => type.Key).ToDictionary(type => TypeNameOf(type.Key), type => type.Value),
            ResponseTimes = server.Times.ToTimes(server.TimeCounts),
            Worst = [.. worst.Select(query => new CapturedQuery(query.Packet, EndText.AddressOf(query.Key.Client), query.Name, TypeNameOf(query.Key.Type))
            {
                Sent = query.Sent,
                HasEdns = query.HasEdns,
                MalformedPacket = query.MalformedPacket,
                PartPacket = query.PartPacket,
                OtherAnswerPacket = query.OtherAnswerPacket,
                AnsweredElsewhere = query is { AnswerPacket: 0, Successor: { AnswerPacket: > 0 } successor } ? EndText.AddressOf(successor.Key.Server) : null,
                AskedElsewhereAfter = query is { AnswerPacket: 0, Successor: { AnswerPacket: > 0 } next } ? CaptureTime.Span(next.Time - query.Time) : null,
                AnswerPacket = query.AnswerPacket,
                Code = query.AnswerPacket == 0 ? null : query.Code.Mnemonic,
                ResponseTime = query.AnswerPacket == 0 ? null : CaptureTime.Span(query.ResponseTime),
                LastResponseTime = query.AnswerPacket == 0 ? null : CaptureTime.Span(query.LastResponseTime),
            })],
        };
    }

    private void Ask(in QueryKey key, string name, bool hasEdns, uint frame, long now)
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
            AddTry(earlier, new Try(key with { Name = earlier.Key.Name }, frame, now, hasEdns));
            return;
        }

        if (before is not null)
            GiveUp(before);
        var asked = new Query { Packet = frame, Time = now, LastTime = now, Key = key, Name = name, HasEdns = hasEdns };
        server.Queries++;
        Wait(asked, key);
        _byQuestion[question] = asked;
        if (key.Name.Length > 0)
            TurnTo(asked, now);
        TakeEarly(asked, server);
    }

    // Whoever asks several servers at once does not turn from one to the other.
    private void TurnTo(Query asked, long now)
    {
        (AddressNumber, string, DnsRecordType) question = (asked.Key.Client.Address, asked.Key.Name, asked.Key.Type);
        if (_byAsker.TryGetValue(question, out Query? earlier) && earlier.Key.Server != asked.Key.Server && now - earlier.LastTime is >= RetryAfter and <= RetryWithin)
        {
            // Who was not answered either is no successor: else each query would keep all that came behind it.
            if (earlier.Predecessor is { } first)
                first.Successor = null;
            (earlier.Predecessor, earlier.Successor, asked.Predecessor) = (null, asked, earlier);
        }

        _byAsker[question] = asked;
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

        Answer(query, query.Key, server, answer.Header, answer.Octets, answer.Packet, Math.Max(answer.Time, query.Time));
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

    private void Answer(QueryKey key, in DnsHeader header, ReadOnlySpan<byte> octets, int length, uint frame, long now)
    {
        Query? query = _open.GetValueOrDefault(key) ?? (key.Name.Length > 0 ? null : FindUnnamed(key.Client, key.Server, key.Id));
        if (query is null)
        {
            if (_answered.TryGetValue(key, out GivenAnswer? given) && now - given.Time <= Patience)
                Compare(given, octets, frame);
            TakeUnasked(key, header, octets, frame, now);
            return;
        }

        if (octets.Length >= length && DnsMessage.Read(octets, out DnsMessage message) is OperationStatus.Done && IsBroken(message))
            Spoil(query, frame);
        else if (ServerOf(query.Key.Server) is { } server)
            Answer(query, key, server, header, octets, frame, now);
        else
            Remove(query);
    }

    // Of two answers to one query, what they say is looked at only where there are two. A query that was sent twice may well be
    // answered twice, and not in the same way.
    private static void Compare(GivenAnswer given, ReadOnlySpan<byte> octets, uint frame)
    {
        if (given.Query is not { Sent: 1, OtherAnswerPacket: 0 } || !IsContradiction(given.Octets, octets, given.Query.Key.Type))
            return;
        given.Query.OtherAnswerPacket = frame;
        given.Server.Contradicted++;
        given.Server.Worst.Remove(given.Query);
        Keep(given.Server.Worst, given.Query);
    }

    // Addresses of which none is in both answers, or some in one, and in the other that there is no such name.
    private static bool IsContradiction(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, DnsRecordType type)
    {
        if (type is not (DnsRecordType.A or DnsRecordType.AAAA) || DnsMessage.Read(one, out DnsMessage first) is not OperationStatus.Done || DnsMessage.Read(other, out DnsMessage second) is not OperationStatus.Done)
            return false;
        List<IPAddress> inFirst = AddressesIn(first), inSecond = AddressesIn(second);
        return inFirst.Count > 0 && inSecond.Count > 0 ? !inFirst.Exists(inSecond.Contains)
            : (inFirst.Count > 0 && second.Header.ResponseCode is DnsResponseCode.NameNotFound) || (inSecond.Count > 0 && first.Header.ResponseCode is DnsResponseCode.NameNotFound);
    }

    private static List<IPAddress> AddressesIn(DnsMessage answer)
    {
        List<IPAddress> addresses = [];
        DnsRecordReader records = answer.ReadRecords();
        while (records.Read() is OperationStatus.Done && records.Section is DnsSection.Answer)
        {
            if (records.Current.ReadAddress(out IPAddress address) is OperationStatus.Done)
                addresses.Add(address);
        }

        return addresses;
    }

    private void Remember(in QueryKey key, GivenAnswer given)
    {
        if (_answeredOrder.Count >= MostAnswered && _answeredOrder.Dequeue() is var (oldest, dropped) && _answered.GetValueOrDefault(oldest) == dropped)
            _answered.Remove(oldest);
        _answered[key] = given;
        _answeredOrder.Enqueue((key, given));
    }

    private void Answer(Query query, QueryKey key, Server server, in DnsHeader header, ReadOnlySpan<byte> octets, uint frame, long now)
    {
        Remove(query);
        Try answered = query.FirstTry;
        if (query.Retries is { } retries)
        {
            Try[] tries = [answered, .. retries];
            int plain = tries.Count(one => !one.HasEdns);
            answered = Array.Find(tries, one => one.Key.Client == key.Client && one.Key.Id == key.Id);
            // One that an answer to a later try overtook is still owed: on the wire it was a query of its own.
            foreach (Try before in tries.Where(one => one.Time < answered.Time && now - one.Time >= ShortPatience))
            {
                MakeRoom();
                server.Queries++;
                Wait(new Query { Packet = before.Packet, Time = before.Time, LastTime = before.Time, Key = before.Key, Name = query.Name, HasEdns = before.HasEdns }, before.Key);
            }

            if (!answered.HasEdns && plain < tries.Length)
            {
                server.EdnsUnanswered++;
                server.EdnsSends += query.Sent - plain;
            }
        }

        server.Answered++;
        server.Codes[header.ResponseCode] = server.Codes.GetValueOrDefault(header.ResponseCode) + 1;
        server.Truncated += (header.Flags & DnsFlags.Truncated) != 0 ? 1 : 0;
        server.Types[key.Type] = server.Types.GetValueOrDefault(key.Type) + 1;
        bool isUnread = header.ResponseCode is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented;
        server.EdnsAnswered += answered.HasEdns && !isUnread ? 1 : 0;
        server.EdnsRefused += answered.HasEdns && isUnread ? 1 : 0;
        server.PlainAnswered += !answered.HasEdns && !isUnread ? 1 : 0;
        query.HasEdns = answered.HasEdns;
        query.PartPacket = now - query.PartTime < OneDatagram ? 0 : query.PartPacket;
        query.Packet = answered.Packet;
        query.AnswerPacket = frame;
        query.ResponseTime = now - answered.Time;
        query.LastResponseTime = query.Retries is null ? now - query.LastTime : query.ResponseTime;
        query.Retries = null;
        query.Code = header.ResponseCode;
        server.Slow += query.ResponseTime >= Slow ? 1 : 0;
        server.Times.Add(query.ResponseTime, ref server.TimeCounts);
        Keep(server.Worst, query);
        if (key.Type is DnsRecordType.A or DnsRecordType.AAAA)
            Remember(key, new GivenAnswer(query, server, octets[..Math.Min(octets.Length, LongestAnswer)].ToArray(), now));
    }

    // Where queries pass elsewhere, answers still tell what they are. Once one fitted its query, another is a second one, or one
    // to a query before the capture.
    private void TakeUnasked(in QueryKey key, in DnsHeader header, ReadOnlySpan<byte> octets, uint frame, long now)
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
        var answer = new EarlyAnswer(header, octets[..Math.Min(octets.Length, LongestAnswer)].ToArray(), frame, now, isUnasked);
        _early[key] = answer;
        _earlyOrder.Enqueue((key, answer));
    }

    // A failure may come without the question, and a capture may cut it off.
    private Query? FindUnnamed(in TcpEndpoint client, in TcpEndpoint server, ushort id) => _byId.GetValueOrDefault((client, server, id));

    private void Remove(Query query)
    {
        Forget(query, query.Key);
        foreach (Try retry in query.Retries ?? [])
            Forget(query, retry.Key);
        (AddressNumber, TcpEndpoint, string, DnsRecordType) question = QuestionOf(query.Key);
        if (_byQuestion.GetValueOrDefault(question) == query)
            _byQuestion.Remove(question);
        (AddressNumber, string, DnsRecordType) asked = (query.Key.Client.Address, query.Key.Name, query.Key.Type);
        if (_byAsker.GetValueOrDefault(asked) == query)
            _byAsker.Remove(asked);
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
