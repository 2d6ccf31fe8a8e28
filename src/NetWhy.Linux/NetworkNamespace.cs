using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Runs code inside another network namespace.</summary>
/// <remarks>Source: setns(2), network_namespaces(7), ip-netns(8).</remarks>
public static unsafe class NetworkNamespace
{
    /// <summary>Whether a process lives in another network namespace; false if that cannot be seen.</summary>
    /// <param name="pid">The process.</param>
    public static bool IsElsewhere(int pid)
    {
        string? theirs = Link(PathOf(pid));
        return theirs is not null && theirs != Link("/proc/self/ns/net");
    }

    /// <summary>What tells the calling thread's network namespace from others; null if that cannot be seen.</summary>
    public static string? Current => Link("/proc/thread-self/ns/net");

    /// <summary>Starts this program again, with other arguments, in another network namespace.</summary>
    /// <param name="nameOrPath">The namespace, see <see cref="Enter"/>.</param>
    /// <param name="arguments">Its arguments, without the name of the program.</param>
    /// <exception cref="LinuxException">There is none, or the kernel forbids it (CAP_SYS_ADMIN).</exception>
    public static void RestartIn(string nameOrPath, IEnumerable<string> arguments)
    {
        Enter(nameOrPath);
        Restart([Environment.GetCommandLineArgs()[0], .. arguments]);
    }

    /// <summary>Why a namespace cannot be entered, in words for a person.</summary>
    /// <param name="nameOrPath">The namespace, see <see cref="Enter"/>.</param>
    /// <param name="refusal">What entering it came to.</param>
    public static string InWords(string nameOrPath, LinuxException refusal)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        ArgumentNullException.ThrowIfNull(refusal);
        return (Errno)refusal.Errno switch
        {
            Errno.ENOENT when PidIn(nameOrPath) is { } pid => $"there is no process {pid}",
            Errno.ENOENT => $"there is no network namespace '{nameOrPath}': ip netns lists those with a name",
            Errno.EINVAL => $"'{nameOrPath}' is no network namespace",
            _ => $"only root may enter another network namespace: {refusal.Message}",
        };
    }

    /// <summary>The path of a process's network namespace.</summary>
    /// <param name="pid">The process.</param>
    public static string PathOf(int pid) => string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net");

    private static void Restart(string[] arguments)
    {
        byte** octets = stackalloc byte*[arguments.Length + 1];
        for (int i = 0; i < arguments.Length; i++)
            octets[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        octets[arguments.Length] = null;
        _ = Libc.execv("/proc/self/exe", octets);
        throw LinuxException.FromLastError("execv");
    }

    private static string? PidIn(string path) =>
        path.Split('/') is ["", "proc", var pid, "ns", "net"] && pid.All(char.IsAsciiDigit) ? pid : null;

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Moves the calling thread into a network namespace: what it opens from now on is opened there.</summary>
    /// <param name="nameOrPath">The namespace as <c>ip netns</c> names it, or a path such as <c>/proc/1/ns/net</c>.</param>
    /// <exception cref="LinuxException">There is none, or the kernel forbids it (CAP_SYS_ADMIN).</exception>
    public static void Enter(string nameOrPath)
    {
        string path = nameOrPath.Contains('/', StringComparison.Ordinal) ? nameOrPath : $"/run/netns/{nameOrPath}";
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (Libc.setns(handle, Libc.CLONE_NEWNET) != 0)
                throw LinuxException.FromLastError("setns");
        }
        catch (UnauthorizedAccessException)
        {
            throw new LinuxException("open", (int)Errno.EACCES);
        }
        catch (IOException)
        {
            throw new LinuxException("open", (int)Errno.ENOENT);
        }
    }

    /// <summary>Runs <paramref name="action"/> in the namespace <paramref name="name"/> and waits for it.</summary>
    /// <typeparam name="T">What the action returns.</typeparam>
    /// <param name="name">The namespace, as <c>ip netns</c> names it.</param>
    /// <param name="action">Runs on a thread of its own, since a namespace belongs to a thread.</param>
    /// <exception cref="LinuxException">The kernel forbids the change of namespace (CAP_SYS_ADMIN).</exception>
    public static T Run<T>(string name, Func<T> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(name);
                result = action();
            }
            catch (LinuxException exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
