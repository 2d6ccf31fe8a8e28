using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Runs code inside a named network namespace.</summary>
/// <remarks>Source: setns(2), ip-netns(8).</remarks>
public static class NetworkNamespace
{
    /// <summary>Runs <paramref name="action"/> in the namespace <paramref name="name"/> and waits for it.</summary>
    /// <typeparam name="T">What the action returns.</typeparam>
    /// <param name="name">The namespace, as <c>ip netns</c> names it.</param>
    /// <param name="action">Runs on a thread of its own, since a namespace belongs to a thread.</param>
    /// <exception cref="LinuxException">The kernel forbids the change of namespace (CAP_SYS_ADMIN).</exception>
    /// <exception cref="IOException">There is no such namespace.</exception>
    public static T Run<T>(string name, Func<T> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using SafeFileHandle handle = File.OpenHandle(
                    $"/run/netns/{name}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                if (Libc.setns(handle, Libc.CLONE_NEWNET) != 0)
                    throw LinuxException.FromLastError("setns");
                result = action();
            }
            catch (Exception exception) when (exception is LinuxException or IOException or UnauthorizedAccessException)
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
