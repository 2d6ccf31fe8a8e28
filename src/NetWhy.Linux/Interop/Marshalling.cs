using System.Runtime.CompilerServices;

// Every call is blittable as declared, so ReadyToRun compiles it ahead of time instead of a stub at each first use.
[assembly: DisableRuntimeMarshalling]
