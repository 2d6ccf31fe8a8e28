using System.Text;
using NetWhy.Collect;
using NetWhy.Evidence;
using NetWhy.Linux;
using Spectre.Console;

namespace NetWhy.App.Render;

/// <summary>
/// Shows on a terminal what is being asked while the probes run: one line a question. It is on standard error, so that
/// standard output holds the result only, and it vanishes when the result is there.
/// </summary>
internal static class Progress
{
    // Most investigations of healthy targets end before a person could read a line; loading the library would delay them.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(90);

    private static readonly (Question Question, string Text)[] Questions =
    [
        (Question.Host, "Can the host be reached?"),
        (Question.Port, "Can the port be reached?"),
        (Question.Dns, "Does the name resolve?"),
        (Question.Connection, "Does the connection work?"),
        (Question.Application, "Does the application answer?"),
    ];

    /// <summary>Shows progress until the evidence is complete; returns at once without a terminal.</summary>
    /// <param name="investigation">What runs.</param>
    /// <param name="running">Its end.</param>
    /// <param name="target">What it is about.</param>
    /// <param name="age">Age of the process when it began.</param>
    /// <param name="clock">For timing.</param>
    public static async Task ShowAsync(
        Investigation investigation, Task<EvidenceSet> running, Target target, TimeSpan age, TimeProvider clock)
    {
        if (!Terminal.HasLiveError)
            return;
        var board = new Board(target, age, clock);
        investigation.Log.Finished += board.Finish;
        await Task.WhenAny(running, Task.Delay(Delay, clock)).ConfigureAwait(false);
        while (!running.IsCompleted)
        {
            (int Columns, int Rows) window = Terminal.ErrorWindow;
            await (board.Fits(window) ? BoardAsync(board, window, running, clock) : LineAsync(board, window, running, clock)).ConfigureAwait(false);
        }
    }

    /// <summary>How many rows lines take in a window that is now so wide: terminals wrap anew what stands there.</summary>
    /// <param name="lengths">Length of each line, in characters.</param>
    /// <param name="columns">Columns of the window.</param>
    internal static int RowsOf(ReadOnlySpan<int> lengths, int columns)
    {
        int rows = 0;
        foreach (int length in lengths)
            rows += Math.Max(1, (length + columns - 1) / columns);
        return rows;
    }

    // In a small window: lines that wrap or scroll could not be taken back.
    private static async Task LineAsync(Board board, (int Columns, int Rows) window, Task running, TimeProvider clock)
    {
        string line = "";
        while (!running.IsCompleted && Terminal.ErrorWindow == window)
        {
            line = board.Line;
            line = line[..Math.Min(line.Length, window.Columns - 1)];
            Write($"\r{line}\e[K");
            await Task.WhenAny(running, Task.Delay(Frame, clock)).ConfigureAwait(false);
        }

        Erase(line.Length);
    }

    // Until the window changes its size, or the end. Apart, so that Spectre.Console is loaded by who comes here only.
    private static async Task BoardAsync(Board board, (int Columns, int Rows) window, Task running, TimeProvider clock)
    {
        var output = new LiveError(window.Columns);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = Terminal.AllowsColour(Environment.GetEnvironmentVariable) ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = output,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Capabilities.Unicode = Terminal.HasUtf8;
        Spinner spinner = Terminal.HasUtf8 ? Spinner.Known.Dots : Spinner.Known.Line;
        Terminal.CursorIsHidden();
        int frame = 0;
        await console.Live(board.Draw(spinner.Frames[0])).AutoClear(true).StartAsync(async live =>
        {
            while (!running.IsCompleted)
            {
                if (Terminal.ErrorWindow != window)
                {
                    // The library does not know that its lines wrap otherwise now: what it did would miss them.
                    output.Mute();
                    Erase(board.Lengths);
                    return;
                }

                live.UpdateTarget(board.Draw(spinner.Frames[frame++ % spinner.Frames.Count]));
                await Task.WhenAny(running, Task.Delay(Frame, clock)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        Terminal.Restore();
    }

    // Erases lines at whose end the cursor stands.
    private static void Erase(params ReadOnlySpan<int> lengths)
    {
        int above = RowsOf(lengths, Terminal.ErrorWindow.Columns) - 1;
        Write(above > 0 ? FormattableString.Invariant($"\r\e[{above}A\e[J") : "\r\e[J"); // a 0 would count as 1
    }

    private static void Write(string text) => StandardStream.Error.Write(Encoding.UTF8.GetBytes(text));

    // The library's own output would ask Console for the size and the encoding, which writes to the terminal.
    private sealed class LiveError(int columns) : IAnsiConsoleOutput
    {
        public TextWriter Writer { get; private set; } = new StreamWriter(StandardStream.Error, leaveOpen: true) { AutoFlush = true };

        public bool IsTerminal => true;

        public int Width => columns;

        public int Height => Questions.Length + 1;

        public void SetEncoding(Encoding encoding)
        {
        }

        public void Mute() => Writer = TextWriter.Null;
    }

    private sealed class Board
    {
        private const int NameWidth = 30;
        private const int Widest = NameWidth + 32; // columns of a line with three-digit times and counts

        private readonly Lock _gate = new();
        private readonly TimeProvider _clock;
        private readonly TimeSpan _age;
        private readonly long _begin;
        private readonly Dictionary<Question, HashSet<string>> _running;
        private readonly Dictionary<Question, int> _total;
        private readonly Dictionary<Question, TimeSpan> _ended = [];

        public Board(Target target, TimeSpan age, TimeProvider clock)
        {
            _clock = clock;
            _age = age;
            _begin = clock.GetTimestamp();
            ILookup<Question, string> probes = ProbeCatalog.All
                .Where(probe => probe.Applies(target))
                .ToLookup(probe => probe.Info.Answers, probe => probe.Info.Id);
            _running = Questions.ToDictionary(one => one.Question, one => probes[one.Question].ToHashSet());
            _total = _running.ToDictionary(pair => pair.Key, pair => pair.Value.Count);
        }

        private TimeSpan Elapsed => _age + _clock.GetElapsedTime(_begin);

        public void Finish(string probe)
        {
            lock (_gate)
            {
                foreach ((Question question, HashSet<string> running) in _running)
                {
                    if (running.Remove(probe) && running.Count == 0)
                        _ended[question] = Elapsed;
                }
            }
        }

        /// <summary>A line a question.</summary>
        public Rows Draw(string spinner)
        {
            lock (_gate)
            {
                return new Rows(Asked.Select(one =>
                {
                    bool isOver = _ended.ContainsKey(one.Question);
                    string mark = isOver ? (Terminal.HasUtf8 ? "•" : "*") : spinner;
                    return new Paragraph()
                        .Append($"  {mark} ", new Style(isOver ? Color.Green : Color.Yellow))
                        .Append($"{one.Text,-NameWidth}")
                        .Append(State(one.Question), new Style(decoration: Decoration.Dim));
                }));
            }
        }

        /// <summary>Lengths of the lines that <see cref="Draw"/> makes now.</summary>
        public int[] Lengths
        {
            get
            {
                lock (_gate)
                    return [.. Asked.Select(one => 4 + NameWidth + State(one.Question).Length)];
            }
        }

        /// <summary>All in one short line.</summary>
        public string Line
        {
            get
            {
                lock (_gate)
                {
                    int total = _total.Values.Sum();
                    return FormattableString.Invariant(
                        $"{Elapsed.TotalSeconds:0.0} s, {total - _running.Values.Sum(running => running.Count)} of {total} probes");
                }
            }
        }

        /// <summary>Whether a window has room for what <see cref="Draw"/> makes.</summary>
        /// <param name="window">Its size in characters.</param>
        public bool Fits((int Columns, int Rows) window) => window.Columns > Widest && window.Rows > Asked.Count();

        private IEnumerable<(Question Question, string Text)> Asked => Questions.Where(one => _total[one.Question] > 0);

        private string State(Question question)
        {
            TimeSpan time = _ended.TryGetValue(question, out TimeSpan ended) ? ended : Elapsed;
            return FormattableString.Invariant(
                $"{time.TotalSeconds,6:0.0} s  {_total[question] - _running[question].Count} of {_total[question]} probes");
        }
    }
}
