using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Tools.Mtr;

/// <summary>The table drawn again and again on a terminal, with what it means below; keys as in mtr.</summary>
/// <param name="target">The host, as it was typed.</param>
/// <param name="options">The command line.</param>
/// <param name="run">What is shown.</param>
/// <param name="names">Names of the hops.</param>
/// <param name="origins">What the registries know of them.</param>
/// <param name="host">The terminal.</param>
/// <param name="judge">Gives what is to be said of the run so far.</param>
internal sealed class MtrLive(string target, MtrOptions options, RoundsRun run, HostNames names, MtrOrigins origins, IToolHost host, Func<IReadOnlyList<Statement>> judge) : IDisposable
{
    private const int NarrowestHost = 16;
    private const int WidestHost = 46;
    private const int LeastBars = 8; // characters: fewer tell nothing
    private const int LinesOfChart = 8;
    private const int Modes = 3;
    private const string Indent = "  "; // of further addresses of a hop
    private const string Bright = "1", Red = "31", Yellow = "33", Dim = "2";

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenVerdicts = TimeSpan.FromSeconds(1);

    private static readonly string[] Keys = ["? help", "q quit", "d view", "j jitter", "n names", "o columns", "p pause", "r restart"];

    private static readonly string[] Help =
    [
        "d   another view: table, table with bars, chart of the destination",
        "j   columns of delay, or of jitter      o   choose the columns",
        "n   names or numbers                    a   both",
        "e   MPLS labels                         z   autonomous systems",
        "y   prefix, country, registry, date     + - scroll",
        "p   pause; the space bar goes on        r   begin again",
        "c   rounds, then it ends                i   seconds between rounds",
        "f   first hop limit                     m   largest hop limit",
        "s   size of the packets, <0 by chance   b   octet that fills them, <0 by chance",
        "Q   type of service                     u t UDP, TCP, or back to echo requests",
        "q   end, and leave the report           ?   this help",
    ];

    private readonly Bars _bars = new(host.HasUtf8);
    private readonly StringBuilder _screen = new();
    private IReadOnlyList<Statement> _statements = [];
    private string _fields = options.Fields;
    private bool _isNumeric = options.IsNumeric;
    private bool _showsAddresses = options.ShowsAddresses;
    private bool _showsLabels = options.ShowsLabels;
    private int? _origin = options.Origin;
    private bool _isPaused;
    private bool _showsHelp;
    private int _mode = options.Mode ?? 1;
    private int _scrolled; // hops above the first that is shown
    private int? _cycles = options.Cycles;
    private readonly MtrSettings _settings = new(run, options);
    private MtrPrompt? _prompt; // the value that is being typed
    private string? _notice; // why the last key had no effect
    private int _room; // lines that are left
    private int _columns;

    /// <summary>Draws until the rounds are over or the user ends it.</summary>
    internal void Run()
    {
        using TerminalKeys? keys = TerminalKeys.Open();
        Write("\e[?1049h\e[?25l");
        try
        {
            Loop(keys);
        }
        catch (OperationCanceledException) when (host.Cancellation.IsCancellationRequested)
        {
            // An interrupt is how it ends.
        }
        finally
        {
            Write("\e[?25h\e[?1049l");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _settings.Dispose();

    private void Loop(TerminalKeys? keys)
    {
        (long drawn, long judged) = (0, 0);
        while (!host.Cancellation.IsCancellationRequested)
        {
            bool isOver = run.Rounds >= (_cycles ?? int.MaxValue) && (run.IsRoundSent || run.Rounds == 0);
            if (isOver && !run.HasOutstanding)
                return;
            run.Step(Tick, mayBegin: !_isPaused && run.Rounds < (_cycles ?? int.MaxValue), host.Cancellation);
            bool isPressed = false;
            for (int i = 0; i < 64 && keys?.Read() is { } key; i++)
            {
                if (!Press(key))
                    return;
                isPressed = true;
            }

            if (Stopwatch.GetElapsedTime(judged) >= BetweenVerdicts && run.Rounds > 1)
            {
                _statements = judge();
                judged = Stopwatch.GetTimestamp();
            }

            if (!isPressed && Stopwatch.GetElapsedTime(drawn) < BetweenDrawings)
                continue;
            Draw();
            drawn = Stopwatch.GetTimestamp();
        }
    }

    // Returns false when the key ends it.
    private bool Press(char key)
    {
        _notice = null;
        if (_prompt is not null)
        {
            if (_prompt.Type(key) is not { } typed)
                return true;
            _notice = Answer(_prompt.Key, typed);
            _prompt = null;
            return true;
        }

        if (_showsHelp)
        {
            _showsHelp = false; // any key leads back to the table
            return true;
        }

        switch (key is 'Q' ? key : char.ToLowerInvariant(key))
        {
            case 'q': return false;
            case '?' or 'h': _showsHelp = true; break;
            case 'd': _mode = (_mode + 1) % Modes; break;
            case 'j': _fields = _fields == MtrField.OfJitter ? MtrField.Usual : MtrField.OfJitter; break;
            case 'n': _isNumeric = !_isNumeric; break;
            case 'a': (_showsAddresses, _isNumeric) = (!_showsAddresses, false); break;
            case 'e': _showsLabels = !_showsLabels; break;
            case 'z': _origin = _origin is null ? 0 : null; break;
            case 'y': _origin = _origin is { } shown ? (shown + 1) % (MtrOrigins.Most + 1) : 0; break;
            case '+': _scrolled = Math.Min(_scrolled + (host.Rows ?? 24) / 2, Math.Max(0, run.Hops.Count - 1)); break;
            case '-': _scrolled = Math.Max(0, _scrolled - (host.Rows ?? 24) / 2); break;
            case 'p': _isPaused = true; break;
            case ' ': _isPaused = false; break;
            case 'r': Restart(); break;
            case 'u': Choose(ProbeProtocol.Udp); break;
            case 't': Choose(ProbeProtocol.Tcp); break;
            case '\f': Write("\e[2J"); break;
            case 'o': _prompt = new MtrPrompt(key, $"columns, of LDRSNBAWVGJMXI and blanks (now '{_fields}')"); break;
            default: _prompt = _settings.Ask(key, _cycles); break;
        }

        return true;
    }

    private string? Answer(char key, string typed)
    {
        if (typed.Length == 0)
            return null;
        switch (key)
        {
            case 'o':
                if (!typed.All(letter => MtrField.Find(letter) is not null))
                    return $"'{typed}': not all of these are columns";
                _fields = typed;
                return null;
            case 'c':
                if (!int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out int cycles))
                    return $"'{typed}' is no number of rounds";
                _cycles = cycles;
                return null;
            default:
                return _settings.Set(key, typed);
        }
    }

    // Answers to one protocol say nothing of another: the figures begin again.
    private void Choose(ProbeProtocol protocol)
    {
        _notice = _settings.Choose(run.Probe.Protocol == protocol ? ProbeProtocol.Icmp : protocol);
        if (_notice is null)
            Restart();
    }

    private void Restart()
    {
        run.Restart();
        _statements = [];
    }

    private void Draw()
    {
        (_columns, _room) = (host.Columns ?? 80, host.Rows ?? 24);
        _screen.Clear().Append("\e[H");
        string arrow = host.HasUtf8 ? "→" : "->";
        string address = names.Of(run.Target) is { } name && name != target && !_isNumeric ? $"{target} ({name})" : ZonedAddress.Named(target, run.Target);
        Line($"{Environment.MachineName} ({run.Source}) {arrow} {address}", Bright);
        Line(Status(), Dim);
        Line("", "");
        if (_showsHelp)
        {
            foreach (string line in Help)
                Line(line, "");
        }
        else
        {
            DrawTable();
            if (_mode == 2)
                DrawChart();
            DrawStatements();
        }

        Write(_screen.Append("\e[J").ToString());
    }

    private string Status()
    {
        if (_prompt is not null)
            return _prompt.Text;
        if (_notice is not null)
            return Printable.Of(_notice, host.HasUtf8);
        string protocol = run.Probe.Protocol switch { ProbeProtocol.Udp => ", UDP", ProbeProtocol.Tcp => string.Create(CultureInfo.InvariantCulture, $", TCP {run.Probe.Port}"), _ => "" };
        string round = string.Create(CultureInfo.InvariantCulture, $"round {run.Rounds}, every {run.Options.Interval.TotalSeconds:0.##} s{protocol}");
        string line = $"{round}{(_isPaused ? ", paused" : "")} ";
        foreach (string key in Keys)
        {
            if (line.Length + key.Length + 2 > _columns)
                break;
            line += $"  {key}";
        }

        return line;
    }

    private void DrawTable()
    {
        RoundsHop[] hops = [.. run.Hops.Skip(Math.Min(_scrolled, Math.Max(0, run.Hops.Count - 1)))];
        MtrField[] fields = [.. _fields.Select(letter => MtrField.Find(letter)!)];
        int ofFields = fields.Sum(field => field.Width);
        string[] labels = [.. hops.Select(Host)];
        int widest = labels.Concat(hops.SelectMany(Others).Select(other => Indent + HostOf(other))).Select(label => label.Length).DefaultIfEmpty(0).Max();
        int hostWidth = Math.Clamp(widest, NarrowestHost, Math.Max(NarrowestHost, Math.Min(WidestHost, _columns - ofFields - 5)));
        int ofBars = _mode == 0 ? 0 : _columns - 4 - hostWidth - ofFields - 2;
        if (ofBars < LeastBars)
            ofBars = 0;
        Line($"    {"Host".PadRight(hostWidth)}{string.Concat(fields.Select(field => field.Title.PadLeft(field.Width)))}{(ofBars > 0 ? "  last rounds" : "")}", Bright);
        int largest = hops.SelectMany(hop => hop.RoundTrips.TakeLast(ofBars)).DefaultIfEmpty(1).Max();
        for (int i = 0; i < hops.Length && _room > 1; i++)
        {
            RoundsHop hop = hops[i];
            string bars = ofBars > 0 ? $"  {_bars.Trips(hop.RoundTrips, ofBars, largest)}" : "";
            Line($"{hop.Ttl,2}. {Cut(labels[i], hostWidth)}{Cells(fields, hop)}{bars}", hop.Dropped == 0 ? "" : hop.Received == 0 ? Dim : 5 * hop.Dropped > hop.Sent ? Red : Yellow);
            foreach (IPAddress other in Others(hop))
                Line($"    {(host.HasUtf8 ? "└ " : "+ ")}{Cut(HostOf(other), hostWidth - Indent.Length)}", Dim);
            foreach (MplsLabel label in _showsLabels ? hop.Labels : [])
                Line($"    {MtrReport.Text(label)}", Dim);
        }

        if (hops.Length == 0)
            Line(run.Unsent > 0 ? $"nothing can be sent: {LinuxException.Describe(run.UnsentFor)}" : "no answer yet", "");
    }

    // What is too wide for its column is cut here: a table that moves cannot be read.
    private string Cells(MtrField[] fields, RoundsHop hop) => string.Concat(fields.Select(field =>
    {
        string cell = field.Text(hop, options.HasCompatibleJitter);
        return cell.Length > field.Width ? cell[..field.Width] : cell;
    }));

    private void DrawChart()
    {
        if (run.Hops is not [.., { Received: > 0 } last] || _room < LinesOfChart + 3)
            return;
        int width = Math.Max(LeastBars, _columns - 11);
        int largest = last.RoundTrips.TakeLast(width).Max();
        Line("", "");
        Line($"round trips of {Host(last)}, and its losses in the whole run", Bright);
        int row = 0;
        foreach (string line in _bars.Chart(last.RoundTrips, width, LinesOfChart, largest))
            Line($"{(row++ == 0 ? string.Create(CultureInfo.InvariantCulture, $"{largest / 1000.0:0.0} ms") : ""),9}  {line}", "");
        Line($"loss, all  {_bars.Heat(last.RoundTrips, width)}", Yellow);
    }

    private void DrawStatements()
    {
        if (_room < 2)
            return;
        Line("", "");
        foreach (StatementLine line in StatementOutput.Lines(_statements, _columns, host.HasUtf8, isWhole: false))
        {
            if (_room <= 1)
                break;
            Line(line.Text, line.Severity switch { StatementSeverity.Critical => Red, StatementSeverity.Warning => Yellow, _ => "" });
        }
    }

    // The addresses of a row besides the last one: equal ways, or a way that has changed; those of further flows too.
    private IEnumerable<IPAddress> Others(RoundsHop hop) => Enumerable.Range(0, run.Options.Flows)
        .SelectMany(flow => run.AllOf(flow).Where(other => other.Ttl == hop.Ttl))
        .SelectMany(other => other.Nodes)
        .Select(node => node.Address)
        .Distinct()
        .Where(address => !address.Equals(hop.Node?.Address))
        .Take(8);

    private string Host(RoundsHop hop) => hop.Node is { } node ? HostOf(node.Address) : "(waiting for reply)";

    private string HostOf(IPAddress address)
    {
        string origin = _origin is { } field ? origins.Cell(field, address) : "";
        string? name = _isNumeric ? null : names.Of(address);
        return origin + Printable.Of(name is null ? ZonedAddress.Text(address) : _showsAddresses ? $"{name} ({ZonedAddress.Text(address)})" : name, host.HasUtf8);
    }

    private static string Cut(string text, int width) => text.Length > width ? text[..Math.Max(0, width)] : text.PadRight(width);

    private void Line(string text, string colour)
    {
        if (_room <= 0)
            return;
        _room--;
        string shown = text.Length > _columns ? text[.._columns] : text;
        bool hasColour = host.HasColour && colour.Length > 0;
        _screen.Append(hasColour ? $"\e[{colour}m" : "").Append(shown).Append(hasColour ? "\e[0m" : "").Append("\e[K").Append(_room > 0 ? "\r\n" : "");
    }

    private void Write(string text) => host.Output.Write(Encoding.UTF8.GetBytes(text));
}
