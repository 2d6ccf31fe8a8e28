using System.Runtime.CompilerServices;

namespace NetWhy.Tests;

/// <summary>Gives the pool of the tests' process threads enough that servers inside it answer at once.</summary>
/// <remarks>
/// Each program that a test waits for holds two threads of the pool, for its output and its errors. With as many as there are
/// processors, which is where the pool begins, a server of a test beside it waits for half a second and more.
/// </remarks>
internal static class ThreadPoolSize
{
    private const int Threads = 64;

    [ModuleInitializer]
    internal static void Raise() => ThreadPool.SetMinThreads(Threads, Threads);
}
