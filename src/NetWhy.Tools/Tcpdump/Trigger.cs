using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Waits for an event, such as a TCP reset: <c>--on EVENT</c>.</summary>
internal abstract class Trigger : IDisposable
{
    /// <summary>Events, as the help tells them.</summary>
    internal static readonly (string Name, string Meaning)[] Known =
    [
        ("rst[:FILTER]", "a TCP reset"),
        ("retransmission-burst[:COUNT/SECONDS]", "so many TCP segments sent again in so many seconds: 5/1"),
        ("syn-unanswered[:SECONDS]", "a TCP connection is asked for and nobody says yes or no: within 3"),
        ("icmp-unreachable[:FILTER]", "ICMP says unreachable, or packet too big"),
        ("zero-window[:FILTER]", "a TCP receiver takes no more"),
        ("packet:FILTER", "a packet that the filter lets through"),
        ("log:FILE:REGEX", "a line is added to a file and matches"),
        ("probe:HOST:PORT", "a TCP connection to it fails, tried once a second: refused, or no answer within one"),
        ("signal", "SIGUSR2"),
    ];

    /// <summary>Whether it can happen while files are read.</summary>
    internal virtual bool IsSeenInFiles => true;

    /// <summary>Reads an event of the command line.</summary>
    /// <param name="text">The event.</param>
    /// <param name="options">The command line.</param>
    /// <param name="host">Whom it is told what can no longer be watched.</param>
    /// <exception cref="ToolException">There is no such event.</exception>
    internal static Trigger Parse(string text, TcpdumpOptions options, IToolHost host)
    {
        (string name, string? rest) = text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (text[..colon], text[(colon + 1)..]) : (text, null);
        return (name, rest) switch
        {
            ("rst", _) => new TroubleTrigger("a TCP reset", Trouble.Reset, rest, options),
            ("icmp-unreachable", _) => new TroubleTrigger("ICMP says that a packet did not get through", Trouble.Unreachable, rest, options),
            ("zero-window", _) => new TroubleTrigger("a TCP window of 0", Trouble.ZeroWindow, rest, options),
            ("packet", { Length: > 0 }) => new TroubleTrigger("a packet that was waited for", null, rest, options),
            ("retransmission-burst", _) => new BurstTrigger(rest ?? "5/1"),
            ("syn-unanswered", _) => new SynTrigger(Number(text, rest ?? "3")),
            ("log", not null) when rest.IndexOf(':', StringComparison.Ordinal) is > 0 and var end => new LogTrigger(rest[..end], rest[(end + 1)..], host),
            ("probe", not null) when rest.LastIndexOf(':') is > 0 and var end => new ProbeTrigger(rest[..end], Number(text, rest[(end + 1)..])),
            ("signal", null) => new SignalTrigger(),
            _ => throw Misuse($"there is no event '{text}': --on takes {string.Join(", ", Known.Select(known => known.Name))}"),
        };
    }

    /// <summary>Makes ready for packets: what is mistyped is said now, not when the event happens.</summary>
    /// <param name="linkType">What packets begin with.</param>
    /// <exception cref="ToolException">Its filter is none.</exception>
    internal virtual void Prepare(int linkType)
    {
        // Most have no filter.
    }

    /// <summary>Looks at a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="trouble">What is wrong with it.</param>
    /// <param name="ends">Its ends.</param>
    /// <param name="flags">Its flags of TCP.</param>
    /// <returns>What happened, in words; null if nothing did.</returns>
    internal virtual string? Look(in PacketRecord packet, Trouble trouble, in PacketEnds ends, TcpFlags flags) => null;

    /// <summary>Looks whether it happened beside the packets.</summary>
    /// <param name="nanoseconds">The time of the capture, in nanoseconds since 1970.</param>
    /// <returns>What happened, in words; null if nothing did.</returns>
    internal virtual string? Poll(long nanoseconds) => null;

    /// <summary>Hears that the user sent the signal.</summary>
    internal virtual void Signal()
    {
        // Most wait for something else.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what it holds.</summary>
    /// <param name="disposing">Whether it was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        // Most hold nothing.
    }

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, what);

    private static int Number(string text, string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65_535
            ? number
            : throw Misuse($"'{digits}' is no number from 1 to 65535: --on {text}");

    private sealed class TroubleTrigger(string what, Trouble? wanted, string? filter, TcpdumpOptions options) : Trigger
    {
        private readonly Dictionary<int, FilterProgram> _programs = [];

        internal override string? Look(in PacketRecord packet, Trouble trouble, in PacketEnds ends, TcpFlags flags) =>
            (wanted is null || trouble == wanted) && Lets(packet) ? ends.Protocol == 0 ? what : $"{what}: {ends}" : null;

        internal override void Prepare(int linkType)
        {
            if (filter is null)
                return;
            try
            {
                _programs[linkType] = FilterText.Check(FilterText.Compile(filter, options, linkType));
            }
            catch (ToolException mistake)
            {
                throw new ToolException(mistake.ExitCode, $"the filter '{filter}' of --on: {mistake.Message}");
            }
        }

        private bool Lets(in PacketRecord packet)
        {
            if (filter is null)
                return true;
            if (!_programs.ContainsKey(packet.Interface.LinkType))
                Prepare(packet.Interface.LinkType);
            return _programs[packet.Interface.LinkType].Run(packet.Octets, packet.OriginalLength) != 0;
        }
    }

    private sealed class BurstTrigger : Trigger
    {
        private readonly int _count;
        private readonly long _span;
        private readonly Queue<long> _seen = new();

        internal BurstTrigger(string text)
        {
            string[] parts = text.Split('/');
            _count = Number(text, parts[0]);
            _span = (parts.Length > 1 ? Number(text, parts[1]) : 1) * 1_000_000_000L;
        }

        internal override string? Look(in PacketRecord packet, Trouble trouble, in PacketEnds ends, TcpFlags flags)
        {
            if (trouble is not Trouble.Retransmission)
                return null;
            _seen.Enqueue(packet.Nanoseconds);
            while (_seen.Peek() < packet.Nanoseconds - _span)
                _seen.Dequeue();
            if (_seen.Count < _count)
                return null;
            _seen.Clear();
            return string.Create(CultureInfo.InvariantCulture, $"{_count} TCP segments sent again in {_span / 1_000_000_000} s, the last one of {ends}");
        }
    }

    private sealed class SynTrigger(int seconds) : Trigger
    {
        private const int MostWaiting = 1 << 16; // of a flood, the first

        private readonly Dictionary<PacketEnds, long> _waiting = [];
        private readonly Queue<(long Time, PacketEnds Ends)> _order = new();

        internal override string? Look(in PacketRecord packet, Trouble trouble, in PacketEnds ends, TcpFlags flags)
        {
            if (ends.Protocol != PacketEnds.Tcp)
                return null;
            if ((flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn)
            {
                if (_order.Count < MostWaiting && _waiting.TryAdd(ends, packet.Nanoseconds))
                    _order.Enqueue((packet.Nanoseconds, ends));
            }
            else if (_waiting.Count > 0)
            {
                _waiting.Remove(ends.Reversed);
            }

            return null;
        }

        // All whose time is over are taken at once, and the first is told: of a scan, none is left to be told later as if it were new.
        internal override string? Poll(long nanoseconds)
        {
            PacketEnds? first = null;
            int others = 0;
            while (_order.TryPeek(out (long Time, PacketEnds Ends) oldest) && nanoseconds - oldest.Time >= seconds * 1_000_000_000L)
            {
                _order.Dequeue();
                if (!_waiting.TryGetValue(oldest.Ends, out long since) || since != oldest.Time)
                    continue;
                _waiting.Remove(oldest.Ends);
                if (first is null)
                    first = oldest.Ends;
                else
                    others++;
            }

            string rest = others > 0 ? string.Create(CultureInfo.InvariantCulture, $", nor {others} more at that moment") : "";
            return first is null ? null : string.Create(CultureInfo.InvariantCulture, $"nobody answered a TCP SYN for {seconds} s: {first}{rest}");
        }
    }

    private sealed class LogTrigger : Trigger
    {
        private const int LongestLine = 4096;
        private const int MostAtOnce = 1 << 20; // octets; the rest next time

        private readonly string _path;
        private readonly Regex _pattern;
        private readonly byte[] _buffer = new byte[1 << 16];
        private readonly StringBuilder _line = new();
        private readonly IToolHost _host;
        private FileStream? _file;
        private bool _isLost; // and that was said

        internal LogTrigger(string path, string pattern, IToolHost host)
        {
            (_path, _host) = (path, host);
            try
            {
                _pattern = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
                _file = Open();
                _file.Seek(0, SeekOrigin.End);
            }
            catch (Exception refusal) when (refusal is ArgumentException or NotSupportedException)
            {
                throw Misuse($"--on log: '{pattern}' is no regular expression that can be matched in one pass: {refusal.Message}");
            }
            catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
            {
                throw new ToolException(ToolException.CouldNotWork, $"--on log: {path}: {FileProblem.Of(path, refusal)}");
            }
        }

        internal override bool IsSeenInFiles => false;

        internal override string? Poll(long nanoseconds)
        {
            try
            {
                string? found = ReadOn();
                if (found is null && HasMoved())
                {
                    _file?.Dispose();
                    _file = null;
                    _file = Open();
                    _isLost = false;
                    found = ReadOn();
                }

                return found is null ? null : $"{_path}: {found}";
            }
            catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
            {
                if (!_isLost)
                    _host.Warn($"--on log: {_path}: {FileProblem.Of(_path, refusal)}: it is tried again and again");
                _isLost = true;
                return null;
            }
        }

        protected override void Dispose(bool disposing)
        {
            _file?.Dispose();
            base.Dispose(disposing);
        }

        private FileStream Open() => new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

        // Whether a new file has its name, as after logrotate(8), or it was emptied.
        private bool HasMoved()
        {
            if (_file is null || _file.Length < _file.Position)
                return true;
            return RegularFile.Number(_path) is { } number && number != RegularFile.Number(_file.SafeFileHandle);
        }

        private string? ReadOn()
        {
            string? found = null;
            for (int most = MostAtOnce; most > 0 && _file?.Read(_buffer) is > 0 and var count; most -= count)
            {
                foreach (char character in Encoding.UTF8.GetString(_buffer, 0, count))
                {
                    if (character is not '\n')
                    {
                        if (_line.Length < LongestLine)
                            _line.Append(character);
                        continue;
                    }

                    string line = _line.ToString();
                    _line.Clear();
                    if (_pattern.IsMatch(line))
                        found ??= line;
                }
            }

            return found;
        }
    }

    private sealed class ProbeTrigger : Trigger
    {
        private readonly string _host;
        private readonly IPAddress _address;
        private readonly int _port;
        private LinuxSocket? _socket;
        private long _began; // by the clock that nobody sets
        private bool _isFailing;

        internal ProbeTrigger(string host, int port)
        {
            _host = host;
            _port = port;
            const int AnyFamily = 0;
            string bare = host.Trim('[', ']');
            _address = IPAddress.TryParse(bare, out IPAddress? literal) ? literal
                : SystemNames.AddressesOf(bare, AnyFamily) is [var first, ..] ? first
                : throw new ToolException(ToolException.CouldNotWork, $"--on probe: {host} has no address");
        }

        internal override bool IsSeenInFiles => false;

        // The first failure counts, and the first after a success.
        internal override string? Poll(long nanoseconds)
        {
            if (_socket is null)
                return IsSecondOver ? Begin() : null;
            Errno errno = _socket.TakeError();
            if (errno is Errno.OK && _socket.HasPeer)
                return Conclude(null);
            if (errno is not Errno.OK)
                return Conclude(LinuxException.Describe(errno));
            return IsSecondOver ? Conclude("no answer within a second") : null;
        }

        protected override void Dispose(bool disposing)
        {
            _socket?.Dispose();
            base.Dispose(disposing);
        }

        private bool IsSecondOver => Stopwatch.GetElapsedTime(_began).TotalSeconds >= 1;

        private string? Begin()
        {
            _began = Stopwatch.GetTimestamp();
            Errno errno = LinuxSocket.Open(_address.AddressFamily, SocketKind.Tcp, out _socket);
            if (errno is Errno.OK)
                errno = _socket!.Connect(_address, _port);
            return errno is Errno.OK ? Conclude(null) : errno is Errno.EINPROGRESS ? null : Conclude(LinuxException.Describe(errno));
        }

        private string? Conclude(string? problem)
        {
            _socket?.Dispose();
            _socket = null;
            bool isNews = problem is not null && !_isFailing;
            _isFailing = problem is not null;
            return isNews ? string.Create(CultureInfo.InvariantCulture, $"no connection to {_host}:{_port}: {problem}") : null;
        }
    }

    private sealed class SignalTrigger : Trigger
    {
        private bool _isSent;

        internal override bool IsSeenInFiles => false;

        internal override void Signal() => _isSent = true;

        internal override string? Poll(long nanoseconds)
        {
            bool isSent = _isSent;
            _isSent = false;
            return isSent ? "the signal SIGUSR2" : null;
        }
    }
}
