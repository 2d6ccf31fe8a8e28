using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Asks one server for one name, several types at once from one socket, as the C library does.</summary>
/// <remarks>
/// A question is sent again, with another id, until something comes: so one lost packet is told from a dead server, and
/// the id tells which of the packets was answered. The socket is not connected, so that an answer from another address
/// is seen. An ICMP error ends the wait, as it does in glibc. Source: RFC 1035, RFC 5452; glibc, resolv/res_send.c.
/// </remarks>
public sealed class DnsQuestions : IDisposable
{
    /// <summary>The port of DNS.</summary>
    public const int Port = 53;

    private const int MaxDatagram = 4096;
    private const int MaxStraySources = 16; // a flood of forged answers has as many sources as its sender likes
    private const int MaxDrain = 32; // datagrams read in one go, so that a flood cannot hold us

    private static readonly TimeSpan[] Schedule =
    [
        TimeSpan.Zero,
        TimeSpan.FromSeconds(0.4),
        TimeSpan.FromSeconds(1.2),
        TimeSpan.FromSeconds(2.4),
        TimeSpan.FromSeconds(3.8),
    ];

    private static readonly TimeSpan ReasonPatience = TimeSpan.FromSeconds(0.6);

    private readonly IPAddress _server;
    private readonly string _name;
    private readonly DnsQuestionOptions _options;
    private readonly TimeProvider _clock;
    private readonly Pending[] _pending;
    private LinuxSocket? _socket;

    private DnsQuestions(
        IPAddress server, string name, IReadOnlyList<DnsRecordType> types, DnsQuestionOptions options, TimeProvider clock)
    {
        _server = server;
        _name = name;
        _options = options;
        _clock = clock;
        _pending = [.. types.Select(type => new Pending(type))];
    }

    /// <summary>Asks.</summary>
    /// <param name="server">The server.</param>
    /// <param name="name">The absolute name in ASCII, with its final dot.</param>
    /// <param name="types">The types, at most a handful.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="clock">Timers.</param>
    /// <param name="enough">Ends the wait: what has not come then counts as not come.</param>
    /// <returns>For each type, in the same order, its reply; each is done as soon as it is known.</returns>
    public static Task<DnsReply>[] Ask(
        IPAddress server,
        string name,
        IReadOnlyList<DnsRecordType> types,
        DnsQuestionOptions options,
        TimeProvider clock,
        CancellationToken enough)
    {
        var questions = new DnsQuestions(server, name, types, options, clock);
        _ = questions.RunAsync(enough);
        return [.. questions._pending.Select(pending => pending.Source.Task)];
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private async Task RunAsync(CancellationToken enough)
    {
        try
        {
            if (_options.UseTcp)
                await Task.WhenAll(_pending.Select(pending => AskTcpAsync(pending, wasTruncated: null, enough)));
            else
                await AskUdpAsync(enough);
        }
        catch (Exception exception)
        {
            // Whoever awaits the replies gets it: a bug must not look like silence.
            foreach (Pending pending in _pending)
                pending.Source.TrySetException(exception);
        }
        finally
        {
            Dispose();
        }
    }

    private async Task AskUdpAsync(CancellationToken enough)
    {
        long begin = _clock.GetTimestamp();
        Errno errno = LinuxSocket.Open(_server.AddressFamily, SocketKind.Udp, out _socket);
        if (errno is not Errno.OK)
        {
            FailAll(errno, icmp: null, TimeSpan.Zero);
            return;
        }

        List<Task> followUps = [];
        byte[] buffer = new byte[MaxDatagram];
        int sends = 0;
        while (Array.Exists(_pending, pending => pending.IsOpen))
        {
            TimeSpan elapsed = _clock.GetElapsedTime(begin);
            if (enough.IsCancellationRequested || elapsed >= _options.Patience)
            {
                foreach (Pending pending in _pending.Where(pending => pending.IsOpen))
                    pending.Complete(Describe(pending, DnsOutcome.TimedOut, elapsed));
                break;
            }

            if (sends < _options.MostSends && elapsed >= Schedule[sends])
            {
                sends++;
                errno = SendAll(begin);
                if (errno is not Errno.OK)
                {
                    DrainErrors(begin);
                    FailAll(errno, icmp: null, _clock.GetElapsedTime(begin));
                    break;
                }
            }

            TimeSpan next = sends < _options.MostSends && Schedule[sends] < _options.Patience
                ? Schedule[sends]
                : _options.Patience;
            await WaitAsync(next - _clock.GetElapsedTime(begin), enough);
            DrainErrors(begin);
            Drain(buffer, begin, followUps, enough);
        }

        await LingerAsync(buffer, begin, followUps, enough);

        await Task.WhenAll(followUps);
    }

    // An answer that somebody forged comes before that of the server, which then comes too.
    private async Task LingerAsync(byte[] buffer, long begin, List<Task> followUps, CancellationToken enough)
    {
        TimeSpan end = _clock.GetElapsedTime(begin) + _options.Linger;
        while (Array.Exists(_pending, pending => pending.Held is not null)
            && end - _clock.GetElapsedTime(begin) is var left && left > TimeSpan.Zero && !enough.IsCancellationRequested)
        {
            await WaitAsync(left, enough);
            Drain(buffer, begin, followUps, enough);
        }

        foreach (Pending pending in _pending)
            pending.Release();
    }

    private async Task WaitAsync(TimeSpan timeout, CancellationToken enough)
    {
        try
        {
            await _socket!.WaitAsync(PollEvents.Read, timeout, enough);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // The loop sees it and says what had not come.
        }
    }

    private Errno SendAll(long begin)
    {
        Span<byte> query = stackalloc byte[512];
        foreach (Pending pending in _pending.Where(pending => pending.IsOpen))
        {
            ushort id = Unforeseeable.Id();
            int length = Write(query, id, pending.Type);
            pending.Sent.Add(new Sending(id, _clock.GetElapsedTime(begin), _clock.GetUtcNow()));
            Errno errno = _socket!.SendTo(query[..length], _server, _options.Port);
            if (errno is not Errno.OK and not Errno.EAGAIN)
                return errno;
        }

        return Errno.OK;
    }

    private void DrainErrors(long begin)
    {
        for (int i = 0; i < MaxDrain && _socket!.ReceiveError(out QueuedError error) is Errno.OK; i++)
        {
            FailAll(error.Errno, error.ToIcmpError(), _clock.GetElapsedTime(begin));
        }
    }

    private void Drain(byte[] buffer, long begin, List<Task> followUps, CancellationToken enough)
    {
        for (int i = 0; i < MaxDrain; i++)
        {
            Errno errno = _socket!.ReceiveDatagram(buffer, out ReceivedDatagram datagram);
            if (errno is Errno.EAGAIN)
                return;

            TimeSpan elapsed = _clock.GetElapsedTime(begin);
            if (errno is not Errno.OK)
            {
                FailAll(errno, icmp: null, elapsed);
                return;
            }

            bool isFromServer = datagram.SourcePort == _options.Port && ServerAddress.IsSame(_server, datagram.Source);
            ReadOnlySpan<byte> octets = buffer.AsSpan(0, datagram.Length);
            Pending? pending = null;
            string? fault = isFromServer ? FindQuestion(octets, out pending) : "wrong-source";
            if (fault is not null)
            {
                foreach (Pending open in _pending.Where(open => open.IsOpen || open.Held is not null))
                    open.Stray(isFromServer ? null : datagram.Source, fault);
                continue;
            }

            ushort id = BinaryPrimitives.ReadUInt16BigEndian(octets);
            int answered = pending!.Sent.FindIndex(sent => sent.Id == id);
            if (!pending.IsOpen)
            {
                // As a rule a question that was sent twice is answered twice; but who answers one query twice, and not the same?
                if (pending.Held is { } first && first.AnsweredId == id)
                    pending.Contradict(DnsAnswer.Read(octets, first.Reply.Exchange with { Contradictions = null }).Exchange);
                continue;
            }

            DnsReply reply = DnsAnswer.Read(octets, Describe(pending, DnsOutcome.Answered, elapsed) with
            {
                ResponseTime = ResponseTimeOf(pending.Sent[answered], datagram, elapsed),
                UnansweredSends = answered,
            });
            if (_options.Linger > TimeSpan.Zero && !reply.Exchange.WasTruncated)
                pending.Hold(reply, id);
            else
                FollowUp(pending, reply, followUps, enough);
        }
    }

    // The kernel's timestamp leaves out how long we took to look; unless the clock was set meanwhile.
    private static TimeSpan ResponseTimeOf(Sending sending, ReceivedDatagram datagram, TimeSpan elapsed)
    {
        TimeSpan byClock = elapsed - sending.At;
        return datagram.KernelTime - sending.ClockTime is { } byKernel && byKernel > TimeSpan.Zero && byKernel < byClock
            ? byKernel
            : byClock;
    }

    // Some answers are not the end: a cut one is asked again over TCP, a failure is asked for its reason.
    private void FollowUp(
        Pending pending, DnsReply reply, List<Task> followUps, CancellationToken enough)
    {
        if (reply.Exchange.WasTruncated)
        {
            pending.IsOpen = false;
            followUps.Add(AskTcpAsync(pending, reply.Exchange, enough));
        }
        else if (reply.Exchange.ResponseCode is "SERVFAIL" or "REFUSED" && !_options.UseEdns
            && reply.Exchange.ExtendedErrors.Count == 0)
        {
            pending.IsOpen = false;
            followUps.Add(AskReasonAsync(pending, reply, enough));
        }
        else
        {
            pending.Complete(reply);
        }
    }

    private async Task AskReasonAsync(Pending pending, DnsReply reply, CancellationToken enough)
    {
        DnsQuestionOptions options = _options with { UseEdns = true, Patience = ReasonPatience };
        DnsReply second = await Ask(_server, _name, [pending.Type], options, _clock, enough)[0];
        pending.Complete(reply with
        {
            Exchange = reply.Exchange with { ExtendedErrors = second.Exchange.ExtendedErrors },
        });
    }

    private async Task AskTcpAsync(Pending pending, DnsExchange? wasTruncated, CancellationToken enough)
    {
        long begin = _clock.GetTimestamp();
        ushort id = Unforeseeable.Id();
        byte[] query = new byte[512];
        int length = Write(query, id, pending.Type);
        TimeSpan before = wasTruncated?.Elapsed ?? TimeSpan.Zero;
        DnsExchange description = Describe(pending, DnsOutcome.TimedOut, before) with
        {
            Transport = DnsTransport.Tcp,
            Sends = pending.Sent.Count + 1,
            UnansweredSends = wasTruncated?.UnansweredSends ?? 0,
            WasTruncated = wasTruncated is not null,
        };
        DnsArrival arrival = await DnsNetwork.Instance.AskAsync(
            new DnsServer(_server, _options.Port, DnsTransport.Tcp), query.AsMemory(0, length), _options.Patience, enough);
        TimeSpan elapsed = _clock.GetElapsedTime(begin) + before;
        description = description with { Elapsed = elapsed };
        if (arrival.Outcome is not DnsOutcome.Answered)
        {
            // An answer to something else is none, and one that was cut is no silence.
            bool isMalformed = arrival.Rejected.Count > 0;
            Errno errno = arrival is { FailedStep: "receive", Errno: Errno.OK } ? Errno.ECONNRESET : arrival.Errno;
            pending.Complete(description with
            {
                Outcome = isMalformed ? DnsOutcome.Malformed : arrival.Outcome,
                Errno = isMalformed || arrival.Outcome is DnsOutcome.TimedOut ? null : errno.ToString(),
                Icmp = arrival.Icmp,
            });
            return;
        }

        DnsReply reply = DnsAnswer.Read(
            arrival.Message.Span, description with { Outcome = DnsOutcome.Answered, ResponseTime = elapsed });
        pending.Complete(reply with
        {
            Exchange = reply.Exchange with { WasTruncated = wasTruncated is not null },
        });
    }

    // The question that the octets answer, or what is wrong: id, name and type must all be ours. Source: RFC 5452, section 9.1.
    private string? FindQuestion(ReadOnlySpan<byte> octets, out Pending? pending)
    {
        pending = null;
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done || !message.Header.IsResponse)
            return "no-response";

        ushort id = message.Header.Id;
        pending = Array.Find(_pending, pending => pending.Sent.Exists(sent => sent.Id == id));
        if (pending is null)
            return "wrong-id";

        // A server that could not read the question, or will not, need not repeat it.
        if (message.Header is { Questions: var questions, ResponseCode: not DnsResponseCode.NoError } && questions == 0)
            return null;

        Span<byte> asked = stackalloc byte[DnsName.MaxLength];
        int offset = 0;
        return message.ReadQuestion(out DnsQuestion question) is OperationStatus.Done
            && question.Type == pending.Type
            && DnsName.Encode(_name, asked, out int length) is OperationStatus.Done
            && DnsName.Read(asked[..length], ref offset, out DnsName name) is OperationStatus.Done
            && question.Name.Equals(name)
                ? null
                : "wrong-question";
    }

    private int Write(Span<byte> buffer, ushort id, DnsRecordType type)
    {
        DnsFlags flags = (_options.WantsRecursion ? DnsFlags.RecursionDesired : DnsFlags.None)
            | (_options.IsCheckingDisabled ? DnsFlags.CheckingDisabled : DnsFlags.None);
        OperationStatus status = DnsMessageWriter.Create(
            buffer, id, flags, DnsResponseCode.NoError, out DnsMessageWriter writer);
        if (status is OperationStatus.Done)
            status = writer.WriteQuestion(_name, type, _options.Class);
        if (status is OperationStatus.Done && _options.UseEdns)
            status = writer.WriteEdns(_options.PayloadSize, _options.WantsSignatures);
        if (status is not OperationStatus.Done)
            throw new ArgumentException($"{_name} is no name of DNS"); // the caller has checked it

        return writer.Written.Length;
    }

    private void FailAll(Errno errno, IcmpError? icmp, TimeSpan elapsed)
    {
        foreach (Pending pending in _pending.Where(pending => pending.IsOpen))
        {
            pending.Complete(Describe(pending, DnsOutcome.Failed, elapsed) with
            {
                Errno = errno.ToString(),
                Icmp = icmp,
            });
        }
    }

    private DnsExchange Describe(Pending pending, DnsOutcome outcome, TimeSpan elapsed) => new(
        _server, _options.Port, DnsTransport.Udp, _name, pending.Type.Mnemonic, outcome, elapsed, pending.Sent.Count)
    {
        Purpose = _options.Purpose,
        IsConfigured = _options.IsConfigured,
        StrayAnswers = pending.StrayAnswers,
        StraySources = [.. pending.StraySources],
        StrayFaults = pending.StrayFaults.Count > 0 ? [.. pending.StrayFaults] : null,
        PayloadSize = _options.UseEdns ? _options.PayloadSize : null,
    };

    /// <summary>One packet of ours.</summary>
    private sealed record Sending(ushort Id, TimeSpan At, DateTimeOffset ClockTime);

    /// <summary>One question that may still be open.</summary>
    private sealed class Pending(DnsRecordType type)
    {
        public DnsRecordType Type { get; } = type;

        public TaskCompletionSource<DnsReply> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsOpen { get; set; } = true;

        public List<Sending> Sent { get; } = [];

        public int StrayAnswers { get; private set; }

        public HashSet<IPAddress> StraySources { get; } = [];

        public SortedSet<string> StrayFaults { get; } = [];

        /// <summary>The answer while a second one is waited for.</summary>
        public (DnsReply Reply, ushort AnsweredId)? Held { get; private set; }

        public void Hold(DnsReply reply, ushort id)
        {
            IsOpen = false;
            Held = (reply, id);
        }

        public void Contradict(DnsExchange second)
        {
            (DnsReply reply, ushort id) = Held!.Value;
            DnsExchange first = reply.Exchange;
            bool isSame = second.ResponseCode == first.ResponseCode && second.Addresses.ToHashSet().SetEquals(first.Addresses)
                && second.Aliases.SequenceEqual(first.Aliases, StringComparer.OrdinalIgnoreCase);
            if (isSame || first.Contradictions is not null)
                return;
            IReadOnlyList<string> said = second.Addresses.Count > 0 ? [.. second.Addresses.Select(address => address.ToString())] : [second.ResponseCode ?? "no message"];
            Held = (reply with { Exchange = first with { Contradictions = said } }, id);
        }

        public void Release()
        {
            if (Held is not { } held)
                return;
            Complete(held.Reply with
            {
                Exchange = held.Reply.Exchange with
                {
                    StrayAnswers = StrayAnswers,
                    StraySources = [.. StraySources],
                    StrayFaults = StrayFaults.Count > 0 ? [.. StrayFaults] : null,
                },
            });
        }

        public void Stray(IPAddress? source, string fault)
        {
            StrayAnswers++;
            StrayFaults.Add(fault);
            if (source is not null && StraySources.Count < MaxStraySources)
                StraySources.Add(source);
        }

        public void Complete(DnsExchange exchange) => Complete(new DnsReply(exchange));

        public void Complete(DnsReply reply)
        {
            IsOpen = false;
            Source.TrySetResult(reply);
        }
    }
}

/// <summary>How a question is asked.</summary>
public sealed record DnsQuestionOptions
{
    /// <summary>A question that every server answers by itself, or refuses: its version.</summary>
    public static DnsQuestionOptions Greeting { get; } = new()
    {
        Patience = TimeSpan.FromSeconds(2),
        Class = DnsClass.Chaos,
        Purpose = "greeting",
    };

    /// <summary>The name that goes with <see cref="Greeting"/>; its type is TXT.</summary>
    public const string GreetingName = "version.bind.";

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Port of the server.</summary>
    public int Port { get; init; } = DnsQuestions.Port;

    /// <summary>Whether TCP is used at once.</summary>
    public bool UseTcp { get; init; }

    /// <summary>Whether the query carries an OPT record.</summary>
    public bool UseEdns { get; init; }

    /// <summary>The largest datagram that an OPT record lets the server send, in octets. 1232 fits every path of IPv6 (DNS flag day 2020).</summary>
    public ushort PayloadSize { get; init; } = 1232;

    /// <summary>Whether an OPT record asks for signatures too (DO).</summary>
    public bool WantsSignatures { get; init; }

    /// <summary>Whether the server shall not validate (CD).</summary>
    public bool IsCheckingDisabled { get; init; }

    /// <summary>How often the query is sent at most, 1 to 5, while nothing comes.</summary>
    public int MostSends { get; init; } = 5;

    /// <summary>How long a second, different answer is waited for after the first; zero for not at all.</summary>
    public TimeSpan Linger { get; init; }

    /// <summary>Whether the server shall ask others; false to an authority.</summary>
    public bool WantsRecursion { get; init; } = true;

    /// <summary>Whether the server is one of resolv.conf's.</summary>
    public bool IsConfigured { get; init; } = true;

    /// <summary>Why it is asked; see <see cref="DnsExchange.Purpose"/>.</summary>
    public string Purpose { get; init; } = "lookup";

    /// <summary>The class.</summary>
    public DnsClass Class { get; init; } = DnsClass.Internet;
}

/// <summary>What came of a question: the evidence, and what only the next question needs.</summary>
/// <param name="Exchange">The evidence.</param>
public sealed record DnsReply(DnsExchange Exchange)
{
    /// <summary>Names of name servers in the answer, with their final dot.</summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

    /// <summary>Addresses that the additional section has, by name.</summary>
    public IReadOnlyList<(string Name, IPAddress Address)> Glue { get; init; } = [];

    /// <summary>Owner of the SOA record, in whichever section, with its final dot; null if there is none.</summary>
    public string? Zone { get; init; }
}
