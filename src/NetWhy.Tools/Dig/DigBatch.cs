using System.Collections.Concurrent;
using NetWhy.Names;

namespace NetWhy.Tools.Dig;

/// <summary>Carries out the lines of a batch file: one after the other, or several at once whose output stays in order.</summary>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to print.</param>
/// <param name="host">Says when the user interrupts.</param>
/// <param name="key">Signs queries; null for none.</param>
internal sealed class DigBatch(DigSettings settings, DigConsole console, IToolHost host, TransactionKey? key)
{
    private const int CannotOpen = 8; // exit code

    /// <summary>Carries a file out.</summary>
    /// <param name="file">Its path; <c>-</c> for standard input.</param>
    /// <param name="commandLine">Reads its lines.</param>
    /// <exception cref="DigExit">It cannot be read.</exception>
    internal void Run(string file, DigCommandLine commandLine)
    {
        try
        {
            IEnumerable<string> lines = Commands(file == "-" ? ReadInput() : File.ReadLines(file));
            if (settings.Concurrency > 1 && console.Json is null)
                RunTogether(lines, commandLine);
            else
                RunInTurn(lines, commandLine);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            console.Note($"{file}: {FileProblem.Of(file, refusal)}");
            throw new DigExit(CannotOpen, "couldn't open specified batch file");
        }
    }

    private static IEnumerable<string> ReadInput()
    {
        using Stream input = Console.OpenStandardInput(); // Console.In would change the terminal's modes
        using var reader = new StreamReader(input);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    // As dig has it: comments are passed over only before the first line that is none.
    private static IEnumerable<string> Commands(IEnumerable<string> lines) => lines.SkipWhile(line => line is "" or ['#' or ';' or '\r', ..]);

    private void RunInTurn(IEnumerable<string> lines, DigCommandLine commandLine)
    {
        using var wait = new DigWait(host.Cancellation);
        using var run = new DigRun(settings, console, wait, key);
        foreach (string line in lines)
        {
            commandLine.ReadBatch(line);
            run.RunAll();
        }
    }

    // Lines are read here, in their order, since one may change what holds for those behind it.
    private void RunTogether(IEnumerable<string> lines, DigCommandLine commandLine)
    {
        const int Ahead = 4; // lines that wait for each worker, so that a slow one does not stop the others
        using var work = new BlockingCollection<Line>();
        var workers = new Thread[settings.Concurrency];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(() => Work(work)) { IsBackground = true };
            workers[i].Start();
        }

        var waiting = new Queue<Line>();
        try
        {
            foreach (string text in lines)
            {
                commandLine.ReadBatch(text);
                DigSettings detached = settings.Detach();
                var line = new Line(detached, new DigConsole(host: null, detached));
                waiting.Enqueue(line);
                work.Add(line, host.Cancellation);
                if (waiting.Count >= workers.Length * Ahead)
                    Finish(waiting.Dequeue());
            }

            while (waiting.TryDequeue(out Line? line))
                Finish(line);
        }
        finally
        {
            work.CompleteAdding();
            foreach (Thread worker in workers)
                worker.Join();
        }
    }

    private void Finish(Line line)
    {
        line.Done.Wait(host.Cancellation);
        line.Console.MoveTo(console);
        settings.Join(line.Settings);
        console.Flush();
        if (line.Failure is { } failure)
            throw failure;
    }

    private void Work(BlockingCollection<Line> work)
    {
        using var wait = new DigWait(host.Cancellation);
        foreach (Line line in work.GetConsumingEnumerable())
        {
            try
            {
                using var run = new DigRun(line.Settings, line.Console, wait, key);
                run.RunAll();
            }
            catch (Exception failure) when (failure is DigExit or OperationCanceledException)
            {
                line.Failure = failure;
            }

            line.Done.Set();
        }
    }

    /// <summary>A line on its way.</summary>
    private sealed record Line(DigSettings Settings, DigConsole Console)
    {
        public ManualResetEventSlim Done { get; } = new();

        public Exception? Failure { get; set; }
    }
}
