using System.Runtime.InteropServices;

namespace NetWhy.App;

/// <summary>Turns Ctrl-C and polite requests to end into a cancellation, and makes sure that the process does end.</summary>
internal sealed class Interruption : IDisposable
{
    private static int _exitCode; // a signal is the process's

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens from now on.</summary>
    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Interrupt(context, NetWhy.App.ExitCode.Interrupted)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Interrupt(context, NetWhy.App.ExitCode.Terminated)),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Interrupt(context, NetWhy.App.ExitCode.HungUp)),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What to exit with after a signal; null if none came.</summary>
    public static int? ExitCode => Volatile.Read(ref _exitCode) is > 0 and var code ? code : null;

    /// <summary>Time for tidying up after the first signal.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMilliseconds(700);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Interrupt(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
        {
            End(); // the second signal means: now
            return;
        }

        _ = Task.Delay(Grace).ContinueWith(_ => End(), TaskScheduler.Default);
        _source.Cancel();
    }

    private static void End()
    {
        Terminal.Restore();
        Environment.Exit(ErrorReport.Write(ExitCode ?? NetWhy.App.ExitCode.Interrupted, "interrupted"));
    }
}
