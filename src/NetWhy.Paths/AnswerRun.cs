using System.Diagnostics;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Asks a service for answers in segments of several sizes: which of them arrive shows the sizes of the way back.</summary>
/// <remarks>
/// The peer sends segments as large as it is told on connecting, so each size costs a connection. Source: RFC 9293, section 3.7.1;
/// tcp(7), TCP_MAXSEG.
/// </remarks>
public static class AnswerRun
{
    private const int Smallest = 536; // RFC 9293, section 3.7.1
    private const int MostRounds = 8;
    private const int Verifications = 2; // of what was lost once: a busy server may just have been late
    private const int Steps = 12; // 924 sizes between the smallest and Ethernet's are 71, 5 and 1 after each round
    private const int EnoughOctets = 256 * 1024; // of an answer
    private const int HeadOctets = 65_536; // of an answer that are searched for links
    private const int MostLinks = 4;
    private const int LongestPath = 7000; // servers take 8 KiB

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.6); // three retransmissions after 0.2 s and on
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(0.75); // two of them
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1.5); // of an application that may be slow, or not want to answer at all

    /// <summary>
    /// Asks with small segments and without a limit, and where only the small answer arrives, finds the largest that do. Where the answer
    /// is too small to need a full segment, something larger is looked for first: what the answer links to, then an answer that repeats a
    /// long path.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="most">Largest segment that is asked for without a limit, in octets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Trials, and what the kernel knows of the connection without a limit at its end.</returns>
    public static async Task<IReadOnlyList<Observation>> AskAsync(
        SegmentRun.Service service, int most, CancellationToken cancellationToken)
    {
        Question[] questions = await PairAsync(service, service.Resource, cancellationToken);
        string? resource = service.Resource;
        if (questions is [{ IsComplete: true, LargestFlight: var flight }, { IsComplete: true } small] && flight <= most
            && await LargerAsync(service, small, most, cancellationToken) is { } larger)
        {
            resource = larger;
            questions = await PairAsync(service, resource, cancellationToken);
        }

        List<SegmentSizeTrial> trials = [.. questions.Select(question => question.Trial).OfType<SegmentSizeTrial>()];
        if (trials is [{ AllAcknowledged: true } unlimited, var limited] && limited.Stage > unlimited.Stage && limited.OctetsReceived > Smallest)
            await NarrowAsync(service, resource, most, trials, cancellationToken);
        return
        [
            .. trials.Select(trial => resource == service.Resource ? trial : trial with { Resource = resource }),
            .. questions[0].Sample is { } sample ? (Observation[])[sample] : [],
        ];
    }

    private static async Task<Question[]> PairAsync(SegmentRun.Service service, string? resource, CancellationToken cancellationToken)
    {
        Question[] questions = [new(service, resource, 0, Silence), new(service, resource, Smallest, Silence)];
        await Question.RunAsync(questions, cancellationToken);
        return questions;
    }

    // With small segments, which arrive whatever the way back takes.
    private static async Task<string?> LargerAsync(SegmentRun.Service service, Question small, int most, CancellationToken cancellationToken)
    {
        if (service.Resource is null)
            return null;
        string[] links = [.. AnswerLinks.In(small.Head, service.Resource).Take(MostLinks)];
        // Servers that redirect to https repeat the path, and many error pages do.
        string longPath = $"/{new string('n', Math.Min(most, LongestPath))}";
        foreach (string[] resources in (string[][])[links, [longPath]])
        {
            Question[] questions = [.. resources.Select(resource => new Question(service, resource, Smallest, Silence))];
            await Question.RunAsync(questions, cancellationToken);
            if (questions.Where(question => question.LargestFlight > most).MaxBy(question => question.LargestFlight) is { } largest)
                return largest.Resource;
        }

        return null;
    }

    extension(IEnumerable<SegmentSizeTrial> trials)
    {
        /// <summary>
        /// The largest segment whose answer arrives, and the smallest above it whose answer does not, in octets; null where the answer
        /// without a limit arrives as well, or size does not part them.
        /// </summary>
        public (int Passed, int Lost)? Bounds()
        {
            SegmentSizeTrial[] all = [.. trials];
            if (all.FirstOrDefault(trial => trial.SegmentSize == 0) is not { } whole)
                return null;
            int passed = all.Where(trial => trial.SegmentSize > 0 && trial.Stage > whole.Stage).Select(trial => trial.SegmentSize).DefaultIfEmpty(0).Max();
            int lost = Lost(all, whole.Stage).DefaultIfEmpty(0).Min();
            return passed > 0 && lost > passed ? (passed, lost) : null;
        }
    }

    private static async Task NarrowAsync(
        SegmentRun.Service service, string? resource, int most, List<SegmentSizeTrial> trials, CancellationToken cancellationToken)
    {
        ExchangeStage whole = trials[0].Stage;
        int passed = Smallest, lost = most;
        HashSet<int> verified = [];
        for (int round = 0; round < MostRounds; round++)
        {
            // What is lost below a size that passes, or is the one that counts, is asked for again.
            int[] doubtful = [.. Lost(trials, whole).Where(size => size < passed || (lost - passed <= 1 && size == lost)).Where(verified.Add)];
            int[] sizes = [];
            if (doubtful.Length > 0)
                sizes = [.. doubtful.SelectMany(size => Enumerable.Repeat(size, Verifications))];
            else if (lost - passed <= 1)
                break;
            else
                sizes = [.. Enumerable.Range(1, Steps).Select(step => passed + ((lost - passed) * step / (Steps + 1))).Where(size => size > passed).Distinct()];
            Question[] questions = [.. sizes.Select(size => new Question(service, resource, size, StepPatience))];
            await Question.RunAsync(questions, cancellationToken);
            trials.AddRange(questions.Select(question => question.Trial).OfType<SegmentSizeTrial>());
            passed = trials.Where(trial => trial.SegmentSize > 0 && trial.Stage > whole).Select(trial => trial.SegmentSize).Append(passed).Max();
            lost = Lost(trials, whole).Where(size => size > passed).Append(most).Min();
        }
    }

    // Sizes that no answer has come with.
    private static IEnumerable<int> Lost(IReadOnlyList<SegmentSizeTrial> trials, ExchangeStage whole) => trials
        .Where(trial => trial.SegmentSize > 0)
        .GroupBy(trial => trial.SegmentSize)
        .Where(tried => tried.All(trial => trial.Stage <= whole))
        .Select(tried => tried.Key);

    // A question with one segment size; it has more patience while others get on.
    private sealed class Question(SegmentRun.Service service, string? resource, int segment, TimeSpan silence)
    {
        private readonly StringBuilder _head = new();
        private long _progress;
        private long _octets;
        private IReadOnlyList<Question> _others = [];

        public string? Resource => resource;

        public SegmentSizeTrial? Trial { get; private set; }

        /// <summary>Octets that the peer sent in one go at least: of an answer, or of a handshake of TLS.</summary>
        public long LargestFlight { get; private set; }

        /// <summary>The begin of the answer, out of TLS, an octet each character.</summary>
        public string Head => _head.ToString();

        /// <summary>Whether the answer came to its end.</summary>
        public bool IsComplete => Trial?.Stage is ExchangeStage.Complete || (resource is null && Trial?.Stage is ExchangeStage.HandshakeDone);

        public TcpInfoSample? Sample { get; private set; }

        public static Task RunAsync(IReadOnlyList<Question> questions, CancellationToken cancellationToken) =>
            Task.WhenAll(questions.Select(question =>
            {
                question._others = questions;
                return question.RunAsync(cancellationToken);
            }));

        private async Task RunAsync(CancellationToken cancellationToken)
        {
            long begin = Stopwatch.GetTimestamp();
            using TcpConnection connection = await SegmentRun.ConnectAsync(service, segment, cancellationToken);
            if (connection.Socket is not { } socket)
                return;

            _progress = Stopwatch.GetTimestamp();
            bool canTls = service.IsTls && TlsSession.Unavailable is null;
            ExchangeStage stage = canTls
                ? await ShakeHandsAsync(socket, cancellationToken)
                : await GetAsync(socket, cancellationToken);
            Trial = new SegmentSizeTrial(service.Address, service.Port, segment, stage, Stopwatch.GetElapsedTime(begin))
            {
                OctetsReceived = _octets,
                AllAcknowledged = socket.UnacknowledgedOctets == 0,
                SynMss = connection.Attempt.SynMss,
            };
            Sample = TcpInfoSamples.Take(socket, service.Address, service.Port, "end");
            socket.AbortOnClose();
        }

        private TimeSpan Left()
        {
            TimeSpan patience = _others.Any(other => Volatile.Read(ref other._octets) > _octets) ? Patience : silence;
            return patience - Stopwatch.GetElapsedTime(_progress);
        }

        private void Advance(long octets)
        {
            if (octets == _octets)
                return;
            Volatile.Write(ref _octets, octets);
            _progress = Stopwatch.GetTimestamp();
        }

        private string Request => $"GET {resource ?? "/"} HTTP/1.0\r\nHost: {service.Host}\r\nConnection: close\r\n\r\n";

        private void Keep(ReadOnlySpan<byte> octets)
        {
            if (_head.Length < HeadOctets)
                _head.Append(Encoding.Latin1.GetString(octets[..Math.Min(octets.Length, HeadOctets - _head.Length)]));
        }

        private async Task<ExchangeStage> GetAsync(LinuxSocket socket, CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[16_384];
            _ = socket.Send(Encoding.ASCII.GetBytes(Request), out _);
            while (Left() is var left && left > TimeSpan.Zero)
            {
                Errno errno = socket.Receive(buffer, out int received);
                if (errno is Errno.OK && received > 0 && _octets < EnoughOctets)
                {
                    Keep(buffer.AsSpan(0, received));
                    Advance(_octets + received);
                    LargestFlight = _octets;
                }
                else if (errno is not Errno.EAGAIN)
                {
                    return _octets > 0 ? ExchangeStage.Complete : ExchangeStage.Connected;
                }
                else
                {
                    await socket.WaitAsync(PollEvents.Read, left < Look ? left : Look, cancellationToken);
                }
            }

            return _octets > 0 ? ExchangeStage.BodyBegun : ExchangeStage.Connected;
        }

        private async Task<ExchangeStage> ShakeHandsAsync(LinuxSocket socket, CancellationToken cancellationToken)
        {
            bool isName = !IPAddress.TryParse(service.Host, out _);
            using TlsSession session = TlsSession.Create(socket, new TlsOptions { ServerName = isName ? service.Host : null });
            while (Left() is var left && left > TimeSpan.Zero)
            {
                TlsStep step = session.Handshake();
                Advance(session.OctetsReceived);
                LargestFlight = _octets;
                if (step is TlsStep.Done)
                    return resource is null ? ExchangeStage.HandshakeDone : await GetAsync(socket, session, cancellationToken);
                if (step is not (TlsStep.WantRead or TlsStep.WantWrite))
                    break;
                await socket.WaitAsync(step is TlsStep.WantRead ? PollEvents.Read : PollEvents.Write, left < Look ? left : Look, cancellationToken);
            }

            return _octets > 0 ? ExchangeStage.HandshakeBegun : ExchangeStage.Connected;
        }

        private async Task<ExchangeStage> GetAsync(LinuxSocket socket, TlsSession session, CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[16_384];
            if (session.Write(Encoding.ASCII.GetBytes(Request), out _) is not TlsStep.Done)
                return ExchangeStage.HandshakeDone;
            long answer = 0;
            while (Left() is var left && left > TimeSpan.Zero)
            {
                TlsStep step = session.Read(buffer, out int received);
                Advance(session.OctetsReceived);
                if (step is TlsStep.Done && _octets < EnoughOctets)
                {
                    Keep(buffer.AsSpan(0, received));
                    answer += received;
                    LargestFlight = Math.Max(LargestFlight, answer);
                }
                else if (step is not (TlsStep.WantRead or TlsStep.WantWrite))
                {
                    return answer > 0 ? ExchangeStage.Complete : ExchangeStage.HandshakeDone;
                }
                else
                {
                    await socket.WaitAsync(step is TlsStep.WantRead ? PollEvents.Read : PollEvents.Write, left < Look ? left : Look, cancellationToken);
                }
            }

            return answer > 0 ? ExchangeStage.BodyBegun : ExchangeStage.HandshakeDone;
        }
    }
}
