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
        if (!running.IsCompleted)
            await LiveAsync(board, running, clock).ConfigureAwait(false);
    }

    // Apart, so that Spectre.Console is loaded by who comes here only.
    private static async Task LiveAsync(Board board, Task running, TimeProvider clock)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = Terminal.AllowsColour(Environment.GetEnvironmentVariable) ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new LiveError(),
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
                live.UpdateTarget(board.Draw(spinner.Frames[frame++ % spinner.Frames.Count]));
                await Task.WhenAny(running, Task.Delay(Frame, clock)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        Terminal.Restore();
    }

    // The library's own output would ask Console for the size and the encoding, which writes to the terminal.
    private sealed class LiveError : IAnsiConsoleOutput
    {
        public TextWriter Writer { get; } = new StreamWriter(StandardStream.Error, leaveOpen: true) { AutoFlush = true };

        public bool IsTerminal => true;

        public int Width => Terminal.ErrorColumns;

        public int Height => Questions.Length + 1;

        public void SetEncoding(Encoding encoding)
        {
        }
    }

    private sealed class Board
    {
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

        public Rows Draw(string spinner)
        {
            lock (_gate)
            {
                return new Rows(Questions.Where(one => _total[one.Question] > 0).Select(one =>
                {
                    bool isOver = _ended.TryGetValue(one.Question, out TimeSpan ended);
                    string mark = isOver ? (Terminal.HasUtf8 ? "•" : "*") : spinner;
                    int done = _total[one.Question] - _running[one.Question].Count;
                    return new Paragraph()
                        .Append($"  {mark} ", new Style(isOver ? Color.Green : Color.Yellow))
                        .Append($"{one.Text,-30}")
                        .Append(
                            FormattableString.Invariant($"{(isOver ? ended : Elapsed).TotalSeconds,6:0.0} s  {done} of {_total[one.Question]} probes"),
                            new Style(decoration: Decoration.Dim));
                }));
            }
        }
    }
}
