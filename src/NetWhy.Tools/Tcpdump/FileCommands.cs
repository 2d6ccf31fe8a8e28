using System.ComponentModel;
using System.Diagnostics;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Runs a command for each file that is finished, beside the capture. Source: tcpdump(1), -z.</summary>
/// <param name="command">The command; it gets the name of the file as its argument.</param>
/// <param name="host">Whom failures are reported to.</param>
internal sealed class FileCommands(string command, IToolHost host)
{
    private const int MostAtOnce = 16; // then the capture waits: commands that are too slow must not pile up

    private readonly List<Process> _running = [];

    /// <summary>Runs the command for a file.</summary>
    /// <param name="path">The file.</param>
    internal void Run(string path)
    {
        _running.RemoveAll(IsOver);
        while (_running.Count >= MostAtOnce)
        {
            _running[0].WaitForExit();
            _running.RemoveAll(IsOver);
        }

        try
        {
            if (Process.Start(new ProcessStartInfo(command, [path])) is { } process)
            {
                _running.Add(process);
                GiveWay(process);
            }
        }
        catch (Win32Exception refusal)
        {
            host.Warn($"-z {command}: {refusal.Message}");
        }
    }

    /// <summary>Waits for the commands that still run.</summary>
    internal void Wait()
    {
        foreach (Process process in _running)
        {
            process.WaitForExit();
            process.Dispose();
        }

        _running.Clear();
    }

    private static void GiveWay(Process process)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.Idle;
        }
        catch (Exception over) when (over is InvalidOperationException or Win32Exception)
        {
            // It is over already.
        }
    }

    private static bool IsOver(Process process)
    {
        if (!process.HasExited)
            return false;
        process.Dispose();
        return true;
    }
}
